// Calls, webhooks that were sent, faults, model answers, documents.

import { empty, h, link, number, sync, time } from "./dom.js";

const NAMES = { whatsapp: "WhatsApp", openai: "OpenAI", google: "Google", slack: "Slack", hubspot: "HubSpot", manychat: "ManyChat", pagerduty: "PagerDuty", vault: "Vault", webhook: "Webhook" };
const FAULTS = {
  status: "error HTTP", error: "error propio", delay: "retraso", slow_body: "cuerpo lento", truncate: "cuerpo cortado", reset: "conexión cortada",
  html: "página HTML", timeout_after_apply: "hecho sin respuesta", refusal: "el modelo se niega", length: "respuesta cortada",
  content_filter: "filtro de contenido", invent: "campos inventados", not_json: "sin JSON", answer: "respuesta fijada", expired: "enlace caducado",
  wrong_hash: "hash distinto", wrong_mime: "tipo distinto", too_large: "demasiado grande",
};
const DELIVERIES = { message: "mensaje", status: "estado", forged: "falsificado" };

export function drawLog(view) {
  drawFaults(view.faults);
  const box = document.getElementById("log");
  const provider = document.getElementById("filter").value;
  const onlyBad = document.getElementById("only-bad").checked;
  const lines = [...view.calls.map(fromCall), ...view.deliveries.map(fromDelivery)]
    .filter((line) => (!provider || line.provider === provider) && (!onlyBad || line.bad || line.fault))
    .sort((left, right) => right.order - left.order)
    .slice(0, 150);
  if (!lines.length) return empty(box, "Ninguna llamada que mostrar.");
  if (box.firstElementChild?.classList.contains("empty")) box.replaceChildren();
  return sync(box, lines, (line) => line.key, entry);
}

function fromCall(call) {
  const bad = call.status === null || call.status >= 400 || /^\{"ok": false/.test(call.response);
  return {
    key: `c${call.seq}`, order: Date.parse(call.at), at: call.at, provider: call.provider, what: call.route, status: call.status ?? "—",
    bad, ms: call.ms, fault: call.fault, line: `${call.method} ${call.path}`, agent: call.user_agent, request: call.request, response: call.response,
  };
}

function fromDelivery(item, index) {
  return {
    key: `d${item.at}/${index}/${item.ids[0] ?? ""}`, order: item.at * 1000, at: item.at, provider: "webhook", what: DELIVERIES[item.kind] ?? item.kind,
    status: item.status || "—", bad: item.status !== 200, ms: item.elapsed_ms, fault: null, line: `POST ${item.url}`,
    agent: `${item.attempts} ${item.attempts === 1 ? "intento" : "intentos"}`, request: item.ids.join("\n"), response: item.answer,
  };
}

function entry(line) {
  return h("details", { class: line.bad ? "call bad" : "call" },
    h("summary", {},
      time(line.at, "full"), h("span", { class: `tag ${line.provider}` }, NAMES[line.provider] ?? line.provider), h("span", { class: "what" }, line.what),
      h("span", { class: "status" }, String(line.status)), h("span", { class: "ms" }, `${number.format(Math.round(line.ms))} ms`),
      line.fault && h("span", { class: "tag bad" }, `${FAULTS[line.fault] ?? line.fault}`)),
    h("p", { class: "path" }, line.line), line.agent && h("p", { class: "path" }, line.agent),
    body("Petición", line.request), body("Respuesta", line.response));
}

function body(title, text) {
  return text && h("div", {}, h("h3", {}, title), h("pre", { tabindex: "0" }, pretty(text)));
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function drawFaults(faults) {
  sync(document.getElementById("faults"), faults, (fault) => fault.id, (fault) =>
    h("li", {}, `${NAMES[fault.provider] ?? "todos"} · ${fault.route} · ${FAULTS[fault.kind] ?? fault.kind}`,
      h("b", {}, fault.calls ? `${fault.struck} de ${fault.calls}` : String(fault.struck))));
}

export function drawAnswers(view) {
  const box = document.getElementById("answers");
  if (!view.answers.length) return empty(box, "El modelo no ha sido consultado.");
  if (box.firstElementChild?.classList.contains("empty")) box.replaceChildren();
  return sync(box, [...view.answers].reverse(), (answer) => answer.id, (answer) =>
    h("details", { class: "call" },
      h("summary", {}, time(answer.at), h("span", { class: "what" }, answer.model),
        h("span", { class: "ms" }, `${number.format(answer.prompt_tokens)} → ${number.format(answer.completion_tokens)} tokens`),
        (answer.refusal || answer.finish_reason !== "stop") && h("span", { class: "tag bad" }, answer.refusal ? "se niega" : answer.finish_reason)),
      body("Respuesta", answer.content ?? answer.refusal ?? "")));
}

export function drawDocuments(view) {
  const box = document.getElementById("documents");
  const documents = view.documents.map((one) => ({
    href: `/_sandbox/documents/${encodeURIComponent(one.name)}`, label: one.name, at: one.at, kind: one.mime.split("/")[1],
  }));
  if (!documents.length && !view.links.length) return empty(box, "Sin documentos todavía.");
  if (box.firstElementChild?.classList.contains("empty")) box.replaceChildren();
  return sync(box, [...documents.reverse(), ...view.links], (item) => item.href ?? item.id, (item) =>
    item.links ? mentioned(item) : h("p", { class: "document" }, link(item.href, item.label), h("span", { class: "tag" }, item.kind), time(item.at)));
}

function mentioned(item) {
  return h("div", { class: "document" }, h("div", {}, h("p", {}, item.title),
    h("p", { class: "where" }, item.links.flatMap((one, index) => [index ? " · " : "", link(one.href, one.label)]))), time(item.at));
}
