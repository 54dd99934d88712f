// Slack messages drawn from their blocks.

import { empty, h, link, sync, time } from "./dom.js";
import { mrkdwn, plain } from "./marks.js";

export function drawCards(view) {
  const box = document.getElementById("cards");
  if (!view.cards.length) return empty(box, "Sin avisos todavía.");
  if (box.firstElementChild?.classList.contains("empty")) box.replaceChildren();
  return sync(box, [...view.cards].reverse(), (card) => `${card.channel}/${card.ts}`, draw);
}

function draw(card) {
  return h("article", { class: "card" },
    h("header", {}, h("span", { class: "avatar", "aria-hidden": "true" }, "op"), h("strong", {}, "opsflows"),
      h("span", { class: "tag" }, card.via === "webhook" ? "webhook" : "bot"), time(card.at),
      card.thread_ts && h("span", { class: "tag" }, "en un hilo"), card.edits > 0 && h("span", { class: "tag" }, "editado")),
    card.blocks.length ? card.blocks.map(block) : h("p", {}, ...mrkdwn(card.text)));
}

const BLOCKS = {
  header: (part) => h("h3", {}, ...plain(part.text.text)),
  divider: () => h("hr"),
  context: (part) => h("p", { class: "context" }, ...part.elements.flatMap((one, index) => [index ? " · " : "", ...element(one)])),
  actions: (part) => h("p", { class: "buttons" }, ...part.elements.map(button)),
  image: (part) => picture(part),
  markdown: (part) => h("p", {}, ...mrkdwn(part.text)),
  section,
};

function block(part) {
  return BLOCKS[part.type]?.(part) ?? h("p", { class: "context" }, `[${part.type}]`);
}

function section(part) {
  return h("div", { class: "section" },
    h("div", {}, part.text && h("p", {}, ...text(part.text)),
      part.fields && h("div", { class: "fields" }, ...part.fields.map((field) => h("p", {}, ...text(field))))),
    part.accessory && h("div", {}, ...element(part.accessory)));
}

function element(one) {
  if (one.type === "image") return [picture(one)];
  return one.type === "button" ? [button(one)] : text(one);
}

const text = (one) => (one.type === "mrkdwn" ? mrkdwn(one.text) : plain(one.text ?? ""));

function button(one) {
  const label = plain(one.text?.text ?? "");
  const look = `button ${one.style ?? ""}`;
  if (!one.url) return h("span", { class: look }, ...label);
  const anchor = link(one.url, ...label);
  anchor.className = look;
  return anchor;
}

function picture(one) {
  const here = one.image_url?.startsWith(location.origin);
  return here ? h("img", { src: one.image_url, alt: one.alt_text ?? "", loading: "lazy" }) : link(one.image_url ?? "", `imagen: ${one.alt_text ?? ""}`);
}
