"""Locales as Open Graph writes them: ``ko_KR`` for what BCP 47 calls ``ko`` or ``ko-KR``.

Refuses to invent a region for a language it does not know.
"""

from __future__ import annotations

from typing import Final

from feeds.tokens import language_tag

_PAIRS: Final = (
    "aa_ET ab_GE af_ZA ak_GH am_ET an_ES ar_AR as_IN az_AZ ba_RU be_BY bg_BG bm_ML bn_BD bo_CN br_FR bs_BA ca_ES "
    "ce_RU co_FR cs_CZ cv_RU cy_GB da_DK de_DE dv_MV dz_BT ee_GH el_GR en_US es_ES et_EE eu_ES fa_IR ff_SN fi_FI "
    "fo_FO fr_FR fy_NL ga_IE gd_GB gl_ES gn_PY gu_IN gv_IM ha_NG he_IL hi_IN hr_HR ht_HT hu_HU hy_AM id_ID ig_NG "
    "ii_CN is_IS it_IT iu_CA ja_JP jv_ID ka_GE ki_KE kk_KZ kl_GL km_KH kn_IN ko_KR ks_IN ku_TR kw_GB ky_KG la_VA "
    "lb_LU lg_UG ln_CD lo_LA lt_LT lu_CD lv_LV mg_MG mi_NZ mk_MK ml_IN mn_MN mr_IN ms_MY mt_MT my_MM nb_NO nd_ZW "
    "ne_NP nl_NL nn_NO nr_ZA nv_US ny_MW oc_FR om_ET or_IN os_GE pa_IN pl_PL ps_AF pt_BR qu_PE rm_CH rn_BI ro_RO "
    "ru_RU rw_RW sa_IN sc_IT sd_PK se_NO sg_CF si_LK sk_SK sl_SI sn_ZW so_SO sq_AL sr_RS ss_ZA st_ZA su_ID sv_SE "
    "sw_TZ ta_IN te_IN tg_TJ th_TH ti_ET tk_TM tn_ZA to_TO tr_TR ts_ZA tt_RU ug_CN uk_UA ur_PK uz_UZ ve_ZA vi_VN "
    "wa_BE wo_SN xh_ZA yi_UA yo_NG za_CN zh_CN zu_ZA ast_ES bho_IN ceb_PH chr_US ckb_IQ dsb_DE fil_PH frr_DE "
    "fur_IT gsw_CH haw_US hsb_DE kab_DZ kok_IN lij_IT lmo_IT mai_IN mni_IN nds_DE nso_ZA pap_CW pcm_NG sah_RU "
    "sat_IN scn_IT szl_PL tpi_PG vec_IT yue_HK zgh_MA"
)
_USUAL: Final = dict(pair.split("_") for pair in _PAIRS.split())
"""Language to the region where most of its writers are (CLDR's likely subtags), but ``ar_AR``: Meta's own name for
Arabic wherever it is written, as ``es_LA`` is for Spanish in Latin America."""

_BY_SCRIPT: Final = {
    ("az", "arab"): "IR",
    ("mn", "mong"): "CN",
    ("pa", "arab"): "PK",
    ("uz", "arab"): "AF",
    ("zh", "hant"): "TW",
}
"""Scripts whose readers are elsewhere than most of the language's (CLDR's likely subtags)."""

_OLD: Final = {"cmn": "zh", "in": "id", "iw": "he", "ji": "yi", "mo": "ro", "no": "nb", "tl": "fil"}
_UMBRELLAS: Final = {("es", "419"): "es_LA"}


def og_locale(tag: str | None) -> str:
    """``language_TERRITORY`` of a BCP 47 tag: its own region, else the usual one of language and script.

    "" where there is no tag or it is not well-formed, and where the language has no usual region (``eo``): Open Graph
    has no word for it.
    """
    language, *rest = (language_tag(tag) or "").split("-")
    script = region = ""
    language = language.lower()
    for part in rest:
        if len(part) == 1:
            break
        if len(part) == 3 and part.isalpha() and not (script or region):
            language = part.lower()  # an extended language is a language of its own (RFC 5646 §4.5)
        elif len(part) == 4 and part.isalpha() and not script:
            script = part.lower()
        elif not region and ((len(part) == 2 and part.isalpha()) or (len(part) == 3 and part.isdigit())):
            region = part.upper()
    language = _OLD.get(language, language)
    if (language, region) in _UMBRELLAS:
        return _UMBRELLAS[language, region]
    if not region.isalpha():
        region = _BY_SCRIPT.get((language, script)) or _USUAL.get(language, "")
    return f"{language}_{region}" if region and len(language) in (2, 3) else ""
