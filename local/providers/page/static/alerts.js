// Mails and PagerDuty's incidents; both panels stay away until there is something in them.

import { h, sync, time } from "./dom.js";

export function drawAlerts(view) {
  panel("mail", view.mails, mail);
  panel("pagerduty", view.incidents, incident);
}

function panel(id, items, draw) {
  for (const part of document.querySelectorAll(`[data-part="${id}"]`)) part.hidden = !items.length;
  sync(document.getElementById(`${id}-list`), items, (item) => item.id, draw);
}

function mail(item) {
  return h("details", { class: "call" },
    h("summary", {}, time(item.at, "full"), h("span", { class: "what" }, item.subject), h("span", {}, item.recipients.join(", "))),
    h("pre", { tabindex: "0" }, item.text));
}

function incident(item) {
  return h("details", { class: item.status === "triggered" ? "call bad" : "call" },
    h("summary", {}, time(item.at, "full"), h("span", { class: "tag" }, `#${item.number}`), h("span", { class: "what" }, item.summary),
      h("span", { class: "tag" }, item.severity), h("span", { class: "tag" }, item.status)),
    h("pre", { tabindex: "0" }, item.events.join("\n")));
}
