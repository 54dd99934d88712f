// HubSpot's contacts and ManyChat's people; both panels stay away until there is something in them.

import { h, number, sync, time } from "./dom.js";

export function drawLeads(view) {
  panel("hubspot", view.contacts, contact);
  panel("manychat", view.people, person);
}

function panel(id, items, draw) {
  for (const part of document.querySelectorAll(`[data-part="${id}"]`)) part.hidden = !items.length;
  sync(document.getElementById(`${id}-list`), items, (item) => item.id, draw);
}

function contact(item) {
  const values = item.properties;
  const name = [values.firstname, values.lastname].filter(Boolean).join(" ");
  return h("details", { class: item.archived ? "call bad" : "call" },
    h("summary", {}, time(item.at, "full"), h("span", { class: "tag hubspot" }, item.id),
      h("span", { class: "what" }, name || values.email || "sin nombre"), h("span", {}, values.email ?? ""), h("span", {}, values.phone ?? ""),
      values.lifecyclestage && h("span", { class: "tag" }, values.lifecyclestage), item.archived && h("span", { class: "tag bad" }, "en la papelera")),
    facts(values));
}

function person(item) {
  return h("details", { class: item.status >= 400 || item.status === 0 ? "call bad" : "call" },
    h("summary", {}, time(item.at, "full"), h("span", { class: "tag manychat" }, item.id),
      h("span", { class: "what" }, item.name ?? "sin nombre"), h("span", {}, item.email ?? item.phone ?? ""),
      item.tags.map((tag) => h("span", { class: "tag" }, tag)),
      item.status !== null && h("span", { class: "status" }, item.status || "—"),
      item.ms !== null && h("span", { class: "ms" }, `${number.format(Math.round(item.ms))} ms`)),
    facts(item.custom_fields), item.messages.length > 0 && h("div", {}, h("h3", {}, "Recibió"), h("pre", { tabindex: "0" }, item.messages.join("\n"))));
}

function facts(values) {
  const lines = Object.entries(values).filter(([, value]) => value !== null && value !== "");
  return lines.length > 0 && h("pre", { tabindex: "0" }, lines.map(([name, value]) => `${name}: ${value}`).join("\n"));
}
