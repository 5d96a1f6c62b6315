// <feedmill-posts src="https://feeds.example.org/embed.json" count="5" images summary>…</feedmill-posts>
//
// Shows the newest posts of a channel. What stands inside the element is shown until the list is here, and stays where
// it cannot be had. Events: "load" with the list as its detail, "error" with the reason.
// Attributes: src (resolved against the page), count (default 5), images and summary (show them where a post has them).
// From outside, ::part(list), ::part(item), ::part(title), ::part(date), ::part(summary) and ::part(image) can be styled.
//
// It writes text and web addresses only, never markup; its style is a constructed sheet, which no policy blocks. So a
// page needs script-src and connect-src for this service, and img-src only with "images".

const DEFAULT_COUNT = 5;
const VERSION = 1;

const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
  :host { display: block; word-break: keep-all; overflow-wrap: anywhere; }
  :host([hidden]) { display: none; }
  ul { list-style: none; margin: 0; padding: 0; }
  li { display: flex; gap: .75em; padding: .5em 0; }
  li + li { border-top: 1px solid color-mix(in srgb, currentColor 18%, transparent); }
  div { min-width: 0; }
  a { display: block; }
  time, p { font-size: .875em; opacity: .75; }
  p { margin: .25em 0 0; }
  img { flex: none; width: 4.5em; height: 4.5em; object-fit: cover; border-radius: .375em; }
`);

/** A new element with properties; a property without a value is left alone. */
function element(name, properties, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value !== undefined) made[key] = value;
  }
  made.append(...children);
  return made;
}

/** An absolute web address, or undefined: a list must not bring javascript: or data: into a page. */
function web(address) {
  try {
    const url = new URL(address);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** The day of a post in the publication's zone, as its language writes days. */
function day(moment, language, timeZone) {
  for (const [tag, zone] of [[language, timeZone], [undefined, "UTC"]]) {
    try {
      return new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeZone: zone }).format(new Date(moment));
    } catch {
      // An unknown zone, language or date: the next try, or the text as it came.
    }
  }
  return String(moment);
}

class FeedmillPosts extends HTMLElement {
  static observedAttributes = ["src", "count", "images", "summary"];

  #root = this.attachShadow({ mode: "open" });
  #within = document.createElement("slot");
  #live = false; // attributes come before connectedCallback, and one reading is enough
  #list;
  #request;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [SHEET];
    this.#root.append(this.#within);
  }

  connectedCallback() {
    this.#live = true;
    if (!this.#list) this.#read();
  }

  disconnectedCallback() {
    this.#live = false;
    this.#request?.abort();
  }

  attributeChangedCallback(name, before, now) {
    if (!this.#live || before === now) return;
    if (name === "src") this.#read();
    else if (this.#list) this.#show(this.#list);
  }

  async #read() {
    this.#request?.abort();
    this.#list = undefined;
    this.#root.replaceChildren(this.#within);
    if (!this.hasAttribute("src")) return;
    const request = (this.#request = new AbortController());
    try {
      const source = new URL(this.getAttribute("src"), document.baseURI);
      const answer = await fetch(source, { credentials: "omit", signal: request.signal });
      if (!answer.ok) throw new Error(`${source}: HTTP ${answer.status}`);
      const list = await answer.json();
      if (list?.version !== VERSION || !Array.isArray(list.items)) throw new Error(`${source}: not a list of posts`);
      if (request.signal.aborted) return;
      this.#show(list);
      this.#list = list;
      this.dispatchEvent(new CustomEvent("load", { detail: list }));
    } catch (error) {
      if (!request.signal.aborted) this.dispatchEvent(new CustomEvent("error", { detail: error }));
    }
  }

  #show(list) {
    const count = Number.parseInt(this.getAttribute("count"), 10);
    const items = list.items.slice(0, count > 0 ? count : DEFAULT_COUNT).map((post) => this.#item(post, list));
    if (!items.length) return; // what stands inside says more than an empty list
    const posts = element("ul", { part: "list", lang: list.language, ariaLabel: list.title }, ...items);
    this.#root.replaceChildren(posts);
  }

  #item(post, list) {
    const href = web(post.url);
    const title = element(href ? "a" : "span", { part: "title", href, textContent: String(post.title) });
    const date = element("time", {
      part: "date",
      dateTime: String(post.date_published),
      textContent: day(post.date_published, post.language ?? list.language, list.timezone),
    });
    const text = element("div", {}, title, date);
    if (this.hasAttribute("summary") && post.summary) {
      text.append(element("p", { part: "summary", textContent: String(post.summary) }));
    }
    const item = element("li", { part: "item", lang: post.language }, text);
    const src = this.hasAttribute("images") && web(post.image?.url);
    if (src) {
      const { width, height, alt } = post.image;
      item.prepend(element("img", { part: "image", loading: "lazy", decoding: "async", width, height, alt: alt ?? "", src }));
    }
    return item;
  }
}

if (!customElements.get("feedmill-posts")) customElements.define("feedmill-posts", FeedmillPosts);
