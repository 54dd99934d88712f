// Small helpers. Everything that comes from outside is written as text, never as HTML.

const SAFE_LINK = /^(https?:\/\/|\/(?!\/))/;

/** An element with properties and children; strings become text nodes, null and false are left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A link that opens beside the page; plain text when the address is not one to follow. A sheet is the one on this page. */
export function link(address, ...children) {
  const label = children.length ? children : [address];
  if (address.startsWith("https://docs.google.com/spreadsheets/")) return h("a", { href: "#hoja", title: address }, ...label);
  if (!SAFE_LINK.test(address)) return h("span", {}, ...label);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, ...label);
}

/** Make the children of `parent` equal to `items`, keeping the nodes whose content is the same. */
export function sync(parent, items, key, draw) {
  const known = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const wanted = items.map((item) => {
    const name = String(key(item));
    const content = JSON.stringify(item);
    const old = known.get(name);
    if (old && old.content === content) return old;
    const node = draw(item);
    node.dataset.key = name;
    node.content = content;
    return node;
  });
  const keep = new Set(wanted);
  for (const node of [...parent.children]) if (!keep.has(node)) node.remove();
  wanted.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
  return wanted.filter((node) => ![...known.values()].includes(node));
}

/** Say that there is nothing yet. */
export function empty(parent, text) {
  parent.replaceChildren(h("p", { class: "empty" }, text));
}

const clock = new Intl.DateTimeFormat("es-ES", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const short = new Intl.DateTimeFormat("es-ES", { hour: "2-digit", minute: "2-digit" });

/** A time of day; `at` in unix seconds or as ISO text. */
export function time(at, format = "short") {
  const date = typeof at === "number" ? new Date(at * 1000) : new Date(at);
  return h("time", { datetime: date.toISOString() }, (format === "full" ? clock : short).format(date));
}

export const number = new Intl.NumberFormat("es-ES");

/** Change a box and scroll to its end, also when its pictures arrive, unless the reader has scrolled away from it. */
export function followEnd(box, change) {
  const near = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  change();
  if (!near) return;
  const down = () => { box.scrollTop = box.scrollHeight; };
  down();
  for (const picture of box.querySelectorAll("img")) if (!picture.complete) picture.addEventListener("load", down, { once: true });
}
