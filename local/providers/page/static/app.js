// Draws the page whenever the sandbox says that something changed.

import { drawAlerts } from "./alerts.js";
import { drawChats } from "./chat.js";
import { number } from "./dom.js";
import { drawLeads } from "./leads.js";
import { drawAnswers, drawDocuments, drawLog } from "./log.js";
import { drawSheet } from "./sheet.js";
import { drawCards } from "./slack.js";

let last = null;
let busy = false;
let again = false;

async function refresh() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    const answer = await fetch("/_sandbox/view");
    last = await answer.json();
    draw(last);
    say("on", "En directo");
  } finally {
    busy = false;
  }
  if (again) {
    again = false;
    await refresh();
  }
}

function draw(view) {
  for (const badge of document.querySelectorAll("[data-count]")) badge.textContent = number.format(view.counts[badge.dataset.count]);
  drawSheet(view);
  drawChats(view);
  drawCards(view);
  drawLeads(view);
  drawAlerts(view);
  drawDocuments(view);
  drawAnswers(view);
  drawLog(view);
}

function say(state, text) {
  document.getElementById("live").dataset.state = state;
  document.getElementById("live-text").textContent = text;
}

const events = new EventSource("/_sandbox/events");
events.onerror = () => say("off", "Sin conexión; reintentando…");
events.onmessage = () => refresh().catch(() => say("off", "Sin conexión; reintentando…"));

for (const id of ["filter", "only-bad"]) {
  document.getElementById(id).addEventListener("change", () => last && drawLog(last));
}
