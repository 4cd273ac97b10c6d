// What the parts share: where they come from, ids, and texts made safe for HTML.
const HERE = new URL(".", document.currentScript.src);
const newId = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
const escaped = (text) => {
  const holder = document.createElement("i");
  holder.textContent = text;
  return holder.innerHTML.replaceAll('"', "&quot;");
};
const safeLink = (url) => (/^https?:\/\//i.test(url) ? escaped(url) : "#");
const load = (name, type) => new Promise((done, failed) => {
  const script = document.createElement("script");
  Object.assign(script, {src: new URL(`vendor/${name}`, HERE), onload: done, onerror: failed, type});
  document.head.append(script);
});
let libraries;
const loadLibraries = () => (libraries ??= Promise.all([
  window.io ? null : load("socket.io.js", "text/javascript"),
  customElements.get("deep-chat") ? null : load("deep-chat.js", "module"),
]));
