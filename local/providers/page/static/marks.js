// Light markup of chat texts: *bold*, _italic_, ~struck~, `code`, links and a few emoji names.

import { h, link } from "./dom.js";

const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", eyes: "👀", receipt: "🧾", page_facing_up: "📄",
  rotating_light: "🚨", hourglass: "⌛", moneybag: "💰", memo: "📝", no_entry: "⛔", question: "❓", tada: "🎉", bar_chart: "📊",
  large_green_circle: "🟢", large_yellow_circle: "🟡", red_circle: "🔴", camera: "📷", information_source: "ℹ️",
};
const SLACK = /<(https?:[^|>]+)(?:\|([^>]*))?>|<([@#!][^>]+)>/;
const PLAIN_LINK = /(https?:\/\/[^\s<>]+[^\s<>.,;:!?)])/;
const STYLE = /(?<![\w*])\*([^*\n]+)\*(?![\w*])|(?<!\w)_([^_\n]+)_(?!\w)|(?<!\w)~([^~\n]+)~(?!\w)|`([^`\n]+)`/;
const STYLES = ["strong", "em", "s", "code"];

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** Nodes for a text of WhatsApp. */
export const whatsapp = (text) => lines(text, (line) => split(line, PLAIN_LINK, (match) => link(match[1]), styled));

/** Nodes for `mrkdwn` of Slack. */
export const mrkdwn = (text) => lines(text, (line) => split(line, SLACK, slackPart, (rest) => styled(named(rest), unescape)));

/** Nodes for `plain_text` of Slack. */
export const plain = (text) => lines(text, (line) => [named(line)]);

function slackPart(match) {
  return match[1] ? link(unescape(match[1]), unescape(match[2] || match[1])) : h("span", { class: "mention" }, match[3]);
}

function named(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
}

function styled(text, finish = (part) => part) {
  return split(
    text,
    STYLE,
    (match) => {
      const which = [1, 2, 3, 4].find((group) => match[group] !== undefined);
      return h(STYLES[which - 1], {}, finish(match[which]));
    },
    (rest) => [finish(rest)],
  );
}

function split(text, pattern, matched, otherwise) {
  const match = pattern.exec(text);
  if (!match) return text ? otherwise(text) : [];
  const before = text.slice(0, match.index);
  const after = text.slice(match.index + match[0].length);
  return [...(before ? otherwise(before) : []), matched(match), ...split(after, pattern, matched, otherwise)];
}

function lines(text, draw) {
  return String(text).split("\n").flatMap((line, index) => (index ? [h("br"), ...draw(line)] : draw(line)));
}
