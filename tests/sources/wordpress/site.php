<?php
// The site that is recorded: what posts of a WordPress may be. Every date is given, so that each record is the same.
$_SERVER['HTTP_HOST'] = getenv('WP_HOST');
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$home = 'http://' . getenv('WP_HOST');
define('WP_INSTALLING', true);
define('WP_SITEURL', $home);
define('WP_HOME', $home);
require getenv('WP_ROOT') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/image.php';
wp_install('Kim’s "News" & <Views>', 'kim', 'kim@example.org', true, '', 'no-secret');
foreach (['siteurl' => $home, 'home' => $home, 'blogdescription' => 'All that’s “fit” & more', 'timezone_string' => 'Asia/Seoul'] as $name => $value) update_option($name, $value);
$GLOBALS['wp_rewrite']->set_permalink_structure('/%year%/%monthnum%/%postname%/');
flush_rewrite_rules();
switch_theme('twentytwentyone');
add_theme_support('post-thumbnails');
wp_set_current_user(1);
wp_delete_post(1, true);
wp_update_user(['ID' => 1, 'display_name' => '김민수']);
$lee = wp_insert_user(['user_login' => 'lee', 'user_pass' => 'no-secret', 'display_name' => 'Lee “Jay” O’Neil & Sons', 'user_email' => 'lee@example.org', 'role' => 'author', 'user_url' => 'https://example.org/lee']);

$news = wp_insert_term('News', 'category')['term_id'];
$law = wp_insert_term('Politics & Law', 'category', ['parent' => $news])['term_id'];
$vote = wp_insert_term('Elections “2026”', 'category', ['parent' => $law])['term_id'];

$file = wp_upload_dir('2026/01')['path'] . '/사진 1.jpg';
imagejpeg(imagecreatetruecolor(1200, 675), $file);
$picture = wp_insert_attachment(['post_mime_type' => 'image/jpeg', 'post_title' => 'Picture', 'post_status' => 'inherit', 'post_date' => '2026-01-02 00:00:00', 'post_excerpt' => 'Caption & co'], $file);
wp_update_attachment_metadata($picture, wp_generate_attachment_metadata($picture, $file));
update_post_meta($picture, '_wp_attachment_image_alt', 'Alt with “quotes” & 사진 😀');

$day = 1;
function put(array $said, int $picture = 0): int {
    global $day;
    $day++;
    $id = wp_insert_post(wp_slash($said + ['post_status' => 'publish', 'post_author' => 1, 'post_content' => "<!-- wp:paragraph -->\n<p>Body.</p>\n<!-- /wp:paragraph -->", 'post_date' => sprintf('2026-01-%02d 07:30:00', $day)]), true);
    if (is_wp_error($id)) { fwrite(STDERR, $id->get_error_message()); exit(1); }
    if ($picture) set_post_thumbnail($id, $picture);
    return $id;
}
// An id by a number is that of a post which was a draft at first; programs that publish at once give the address.
function drafted(array $said, int $picture = 0): int {
    global $wpdb;
    $id = put(['post_status' => 'draft'] + $said, $picture);
    $at = get_post($id)->post_date;
    $gmt = get_gmt_from_date($at);
    $wpdb->update($wpdb->posts, ['post_status' => 'publish', 'post_name' => sanitize_title($said['post_title']), 'post_date_gmt' => $gmt, 'post_modified' => $at, 'post_modified_gmt' => $gmt], ['ID' => $id]);
    clean_post_cache($id);
    return $id;
}
$long = str_repeat('긴 글의 문장입니다. A sentence that is cut. ', 30);
drafted(['post_title' => 'Kim\'s "quoted" title & more -- 5 < 6', 'post_category' => [$vote], 'tags_input' => ['R&D', '한국', 'C++ / C#', '“quoted”'], 'post_excerpt' => 'Hand-written <strong>excerpt</strong> & "more"...'], $picture);
put(['post_title' => '한글 제목 😀', 'post_author' => $lee, 'post_category' => [$news, $vote], 'post_content' => "<!-- wp:paragraph -->\n<p>$long</p>\n<!-- /wp:paragraph -->"]);
drafted(['post_title' => 'Classic', 'post_content' => "Text with \"quotes\".\n\n[caption id=\"attachment_$picture\" align=\"alignleft\" width=\"300\"]<img src=\"" . wp_get_attachment_image_url($picture, 'medium') . "\" alt=\"cap\" width=\"300\" height=\"169\" /> A caption[/caption]\n\n[gallery ids=\"$picture\"]\n\n[audio src=\"/wp-content/uploads/a.mp3\"]\n\n[unknown a=\"b\"]inner[/unknown]"]);
put(['post_title' => 'Blocks', 'post_content' => "<!-- wp:columns -->\n<div class=\"wp-block-columns\"><!-- wp:column -->\n<div class=\"wp-block-column\"><!-- wp:paragraph -->\n<p>Left</p>\n<!-- /wp:paragraph --></div>\n<!-- /wp:column --></div>\n<!-- /wp:columns -->\n\n<!-- wp:code -->\n<pre class=\"wp-block-code\"><code>if (a &lt; b &amp;&amp; c) { echo \"{{ x }} [gallery]\"; }</code></pre>\n<!-- /wp:code -->\n\n<!-- wp:more -->\n<!--more-->\n<!-- /wp:more -->\n\n<!-- wp:audio -->\n<figure class=\"wp-block-audio\"><audio controls src=\"/wp-content/uploads/b.mp3?_=7\"></audio></figure>\n<!-- /wp:audio -->\n\n<!-- wp:nextpage -->\n<!--nextpage-->\n<!-- /wp:nextpage -->\n\n<!-- wp:paragraph -->\n<p>Second page.</p>\n<!-- /wp:paragraph -->"]);
put(['post_title' => 'Secret', 'post_password' => 'sesame', 'post_excerpt' => 'SECRET-EXCERPT', 'post_content' => 'SECRET-BODY']);
put(['post_title' => 'AT&amp;T <em>and</em> &lt;b&gt;']);
put(['post_title' => '', 'post_content' => '<!-- wp:paragraph --><p>No title.</p><!-- /wp:paragraph -->']);
drafted(['post_title' => 'Classic once more', 'post_content' => "[gallery ids=\"$picture\"]\n\n[audio src=\"/wp-content/uploads/a.mp3\"]"]);
foreach (['draft', 'pending', 'private'] as $status) put(['post_title' => "Hidden: $status", 'post_status' => $status]);
put(['post_title' => 'Hidden: future', 'post_status' => 'future', 'post_date' => '2199-01-01 00:00:00', 'post_date_gmt' => '2198-12-31 15:00:00']);
wp_trash_post(put(['post_title' => 'Hidden: trash']));
