// The shop's `--accent` in every place that has a colour, dark or light enough to be read there.
const LIGHT = {ground: "#ffffff", ink: "#1c2826", bot: "#eef3f2", agent: "#fdf0dc", faint: "#5c6664"};
const DARK = {ground: "#1d2423", ink: "#e8eeec", bot: "#2b3533", agent: "#4a3a1c", faint: "#a5b1ae"};

const parts = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
const hex = (values) => `#${values.map((v) => Math.round(v).toString(16).padStart(2, "0")).join("")}`;
const mixed = (colour, other, share) => hex(
  parts(colour).map((value, at) => value * (1 - share) + parts(other)[at] * share));

// Any colour that CSS knows, as #rrggbb.
const plainColour = (text) => {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = "#1f5f5b";
  context.fillStyle = text.trim();
  return /^#[0-9a-f]{6}$/.test(context.fillStyle) ? context.fillStyle : "#1f5f5b";
};
// WCAG 2: relative luminance and contrast.
const luminance = (colour) => parts(colour)
  .map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4))
  .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
const contrast = (one, other) => {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
const readable = (colour, ground) => {
  const towards = luminance(ground) > 0.4 ? "#000000" : "#ffffff";
  let found = colour;
  for (let share = 0.1; contrast(found, ground) < 4.5 && share <= 1; share += 0.1) {
    found = mixed(colour, towards, share);
  }
  return found;
};

const paint = (element) => {
  const accent = plainColour(getComputedStyle(element).getPropertyValue("--accent") || "#1f5f5b");
  const base = matchMedia("(prefers-color-scheme: dark)").matches ? DARK : LIGHT;
  const onAccent = contrast(accent, "#ffffff") >= 4.5 ? "#ffffff" : readable("#1c2826", accent);
  const hues = {...base, accent, "on-accent": onAccent, link: readable(accent, base.ground),
    line: mixed(base.ground, base.ink, 0.25)};
  for (const [name, value] of Object.entries(hues)) element.style.setProperty(`--sb-${name}`, value);
};
