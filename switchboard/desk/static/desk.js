// The desk's pages, kept up to date and used without loading them again: parts that are marked
// `data-live="name"` are asked for at word of a change, forms that are marked `data-act` are sent
// from here, what is written is kept until it is sent, and one hears of somebody new.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const csrf = $('meta[name="csrf"]')?.content;
  if (!csrf) return;
  const ticket = $("#ticket")?.dataset.reference;
  const notice = $("#live");
  const stored = (key) => {
    try { return localStorage.getItem(key); } catch { return null; }
  };
  const store = (key, value) => {
    try {
      if (value) localStorage.setItem(key, value); else localStorage.removeItem(key);
    } catch { /* it lives as long as the page */ }
  };

  // Parts of the page -------------------------------------------------------------------------
  const parts = $$("[data-live]");
  for (const part of parts) part.dataset.last = part.innerHTML.trim();
  const inUse = (part) => "keep" in part.dataset &&
    (part.contains(document.activeElement) || $("details[open]", part));
  const stateOf = (part) => $("[data-state]", part)?.dataset.state;

  const refresh = async (part) => {
    const address = new URL(location.href);
    address.searchParams.set("part", part.dataset.live);
    const answer = await fetch(address, {headers: {Accept: "text/html"}});
    if (answer.redirected || answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(answer.status);
    const text = (await answer.text()).trim();
    if (text === part.dataset.last) return;
    const before = stateOf(part);
    if (inUse(part) && !before) return;
    const atEnd = part.scrollHeight - part.scrollTop - part.clientHeight < 40;
    const kept = document.createElement("div");
    kept.innerHTML = text;
    if (before && stateOf(kept) !== before) return location.reload();  // drafts are kept
    if (inUse(part)) return;
    part.innerHTML = text;
    part.dataset.last = text;
    if (atEnd) part.scrollTop = part.scrollHeight;
  };
  let asking = false;
  let again = false;
  const changed = async () => {
    if (asking) { again = true; return; }
    asking = true;
    try {
      do {
        again = false;
        await Promise.all([...parts.map(refresh), news()]);
        notice.hidden = true;
      } while (again);
    } catch {
      notice.hidden = false;
    } finally {
      asking = false;
    }
  };
  for (const part of parts) part.scrollTop = part.scrollHeight;
  const source = new EventSource("/changes");
  source.addEventListener("changed", changed);
  source.addEventListener("trouble", () => { notice.hidden = false; });
  source.addEventListener("over", () => location.reload());  // signed out, or kept out
  source.onerror = () => { notice.hidden = false; };

  // How long each waits -----------------------------------------------------------------------
  const tick = () => {
    for (const span of $$("[data-since]")) {
      const seconds = Math.max(0, Date.now() / 1000 - Number(span.dataset.since));
      const [s, min, h, d] = span.dataset.units.split(",");
      const [size, unit] = [[86400, d], [3600, h], [60, min], [1, s]].find(([one]) => seconds >= one)
        ?? [1, s];
      const text = `${Math.floor(seconds / size)} ${unit}`;
      if (span.textContent !== text) span.textContent = text;
    }
  };
  setInterval(tick, 1000);

  // Who is new --------------------------------------------------------------------------------
  const alerts = $("#alerts");
  const title = document.title;
  let newest = null;
  const showAlerts = () => {
    alerts.textContent = stored("desk-alerts") ? alerts.dataset.on : alerts.dataset.off;
  };
  alerts.onclick = async () => {
    store("desk-alerts", stored("desk-alerts") ? "" : "on");
    if (stored("desk-alerts") && window.Notification?.permission === "default") {
      await Notification.requestPermission();
    }
    showAlerts();
  };
  showAlerts();
  const beep = () => {
    const context = new AudioContext();
    const tone = context.createOscillator();
    const volume = context.createGain();
    volume.gain.setValueAtTime(0.15, context.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + 0.5);
    tone.connect(volume).connect(context.destination);
    tone.frequency.value = 660;
    tone.start();
    tone.stop(context.currentTime + 0.5);
  };
  const news = async () => {
    const answer = await fetch("/news", {headers: {Accept: "application/json"}});
    if (!answer.ok) return;
    const told = await answer.json();
    document.title = told.waiting ? `(${told.waiting}) ${title}` : title;
    const isNew = newest !== null && told.newest > newest;
    newest = Math.max(told.newest, newest ?? 0);
    if (!isNew || !stored("desk-alerts")) return;
    beep();
    if (document.hidden && window.Notification?.permission === "granted") {
      new Notification(alerts.dataset.new, {tag: "desk"});
    }
  };

  // What is written ---------------------------------------------------------------------------
  for (const form of $$("[data-draft]")) {
    const field = $("textarea", form);
    const key = `desk-draft-${ticket}-${form.dataset.draft}`;
    field.value ||= stored(key) ?? "";
    field.addEventListener("input", () => store(key, field.value));
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
  }
  const sent = (form) => {
    const field = $("textarea", form);
    field.value = "";
    store(`desk-draft-${ticket}-${form.dataset.draft}`, "");
    form.elements.key.value = form.elements.key.value[0] + crypto.getRandomValues(new Uint32Array(4)).join("");
    if (form.elements.file) form.elements.file.value = "";
    for (const id of ["draft-note", "draft-sources"]) {
      const part = document.getElementById(id);
      if (part) part.hidden = true;
    }
    field.focus();
  };
  // A refusal often comes with news that load the page anew: it is still to be read then.
  const TOLD_MS = 8000;
  const tell = (text) => {
    const wrong = $("#wrong");
    wrong.textContent = text;
    wrong.hidden = !text;
    store("desk-told", text && JSON.stringify({text, ticket, until: Date.now() + TOLD_MS}));
  };
  const told = JSON.parse(stored("desk-told") ?? "null");
  if (told && told.ticket === ticket && told.until > Date.now()) tell(told.text);
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-act]")) return;
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "yes";
    try {
      const answer = await fetch(event.submitter?.getAttribute("formaction") ?? form.action, {
        method: "POST", body: new FormData(form), headers: {Accept: "application/json"}});
      if (answer.status === 401 || answer.redirected) return location.reload();
      const told = await answer.json().catch(() => ({wrong: String(answer.status)}));
      tell(told.wrong);
      if (told.wrong) return;
      if (form.dataset.draft) sent(form);
      else if (form.closest(".head")) return location.reload();
      document.activeElement?.matches("button, input") && document.activeElement.blur();
      await changed();
    } catch {
      notice.hidden = false;  // what was written is kept
    } finally {
      delete form.dataset.busy;
    }
  });

  // Help with the answer ----------------------------------------------------------------------
  const answerField = $("#answer");
  const insert = (text) => {
    answerField.setRangeText(text, answerField.selectionStart, answerField.selectionEnd, "end");
    answerField.dispatchEvent(new Event("input"));
    answerField.focus();
  };
  const ask = async (query) => {
    const answer = await fetch(`/tickets/${ticket}/draft?${new URLSearchParams(query)}`);
    if (!answer.ok) { notice.hidden = false; return; }
    const {text, note, sources} = await answer.json();
    const [line, list] = [$("#draft-note"), $("#draft-sources")];
    line.textContent = note;
    line.hidden = !note;
    list.replaceChildren(...sources.map((passage) => {
      const button = document.createElement("button");
      Object.assign(button, {type: "button", className: "quiet", textContent: passage.name});
      button.onclick = () => ask({article: passage.id});
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
    list.hidden = !sources.length;
    if (text) insert(text);
  };
  for (const button of $$("[data-help]")) {
    button.onclick = () => ask({suggest: {suggest: "yes"}, macro: {macro: $("#macro").value},
      search: {search: $("#search").value}}[button.dataset.help]);
  }
  $("#search")?.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); $('[data-help="search"]').click(); }
  });

  // Who else is there -------------------------------------------------------------------------
  let typedAt = 0;
  answerField?.addEventListener("input", () => { typedAt = Date.now(); });
  const others = $("#others");
  const look = async () => {
    const form = new FormData();
    form.set("csrf", csrf);
    form.set("typing", Date.now() - typedAt < 4000 ? "yes" : "no");
    const answer = await fetch(`/tickets/${ticket}/here`, {method: "POST", body: form}).catch(() => null);
    if (!answer?.ok) return;
    const told = (await answer.json()).others.map((one) => {
      const who = one.customer ? others.dataset.customer : one.name;
      return `${who} ${one.typing ? others.dataset.writes : others.dataset.looks}`;
    });
    const text = told.join(" · ");
    if (others.textContent !== text) others.textContent = text;
  };
  if (ticket) { look(); setInterval(look, 3000); }
  news();
})();
