// The chat on a shop's page: <switchboard-chat></switchboard-chat>, a button that opens a panel.
// The messages are shown by deep-chat and carried by socket.io; this file joins the two, and knows
// each message by its id, so that none is lost and none is shown twice.
const TYPING_MS = 6000;
const TELL_TYPING_MS = 3000;

class SwitchboardChat extends HTMLElement {
  #socket; #chat; #signals; #typing; #typedAt = 0; #next = null; #ready = false;
  #shown = new Set();  // ids of messages on the screen
  #latest = 0;         // when the newest message of the other side was said

  connectedCallback() {
    const code = (this.lang || document.documentElement.lang || navigator.language).slice(0, 2);
    this.language = WORDS[code] ? code : "en";
    this.words = WORDS[this.language];
    this.attachShadow({mode: "open"}).innerHTML = frame(this.words, this.language);
    const find = (id) => this.shadowRoot.getElementById(id);
    [this.panel, this.launcher, this.status] = ["panel", "launcher", "status"].map(find);
    [this.ending, this.endButton] = ["ending", "end"].map(find);
    paint(this);
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.repaint = () => paint(this);
    this.dark.addEventListener("change", this.repaint);
    this.launcher.onclick = () => (this.panel.hidden ? this.open() : this.close());
    find("close").onclick = () => this.close();
    this.endButton.onclick = () => this.#askHowItWas();
    find("stay").onclick = () => this.#stay();
    this.ending.onsubmit = (event) => { event.preventDefault(); this.#end(); };
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    if (openHere.get()) this.open(false);
    else if (session.get()) this.#start();  // an answer may be waiting
  }

  disconnectedCallback() {
    this.dark.removeEventListener("change", this.repaint);
    this.#socket?.disconnect();
  }

  async open(focus = true) {
    this.panel.hidden = false;
    openHere.set("yes");
    this.launcher.setAttribute("aria-expanded", "true");
    await this.#start();
    this.#markRead();
    if (focus) this.#chat.focusInput();
    this.#chat.scrollToBottom();
  }

  close() {
    this.panel.hidden = true;
    openHere.set(null);
    this.launcher.setAttribute("aria-expanded", "false");
    this.launcher.focus();
  }

  #start() {
    return (this.starting ??= loadLibraries().then(() => this.#show()).then(() => this.#connect()));
  }

  async #show() {
    const main = this.shadowRoot.querySelector("main");
    // With a font named before it comes to life, deep-chat fetches none from elsewhere.
    main.innerHTML = '<deep-chat style="font-family: system-ui, sans-serif"></deep-chat>';
    const chat = this.#chat = main.firstChild;
    const bubble = (ground, ink) => ({bubble: {
      backgroundColor: `var(--sb-${ground})`, color: `var(--sb-${ink})`}});
    Object.assign(chat, {
      chatStyle: {width: "100%", height: "100%", border: "0", fontFamily: "system-ui, sans-serif",
        fontSize: "16px", backgroundColor: "var(--sb-ground)"},
      messageStyles: {default: {
        shared: {bubble: {maxWidth: "80%", overflowWrap: "anywhere"}},
        user: bubble("accent", "on-accent"), ai: bubble("bot", "ink"), agent: bubble("agent", "ink")}},
      remarkable: {html: false, breaks: true, linkTarget: "_blank"},
      textInput: {placeholder: {text: this.words.write, style: {color: "var(--sb-faint)"}},
        styles: {container: {backgroundColor: "var(--sb-ground)", color: "var(--sb-ink)",
          border: "1px solid var(--sb-line)"}},
        characterLimit: 10000},
      images: {files: {maxNumberOfFiles: 1, acceptedFormats: "image/png, image/jpeg, image/webp"}},
      displayLoadingBubble: false,
      errorMessages: {displayServiceErrorMessages: false},
      htmlClassUtilities: {"sb-choice": {events: {click: (event) => this.#press(event.target)}}},
      connect: {websocket: true, handler: (_, signals) => {
        this.#signals = signals;
        signals.onOpen();
        signals.newUserMessage.listener = (body) => this.#written(body);
      }},
      auxiliaryStyle: INNER_STYLE,
    });
    await new Promise((done) => { chat.onComponentRender = done; });
    // On a busy machine deep-chat renders a second time, with a new input, in a timer that stands
    // already: what was focused or typed before it would be gone.
    await new Promise((done) => { setTimeout(done, 10); });
    this.#tend();
    new MutationObserver(() => this.#tend()).observe(
      chat.shadowRoot, {childList: true, subtree: true, attributes: true});
    chat.shadowRoot.addEventListener("input", () => this.#tellTyping());
  }

  // Names for what deep-chat leaves without, and no link but to a page or an address, whatever a
  // text says; at once and after every change.
  #tend() {
    const root = this.#chat.shadowRoot;
    const name = (found, label) => found?.getAttribute("aria-label") !== label &&
      found?.setAttribute("aria-label", label);
    const messages = root.getElementById("messages");
    name(root.getElementById("text-input"), this.words.write);
    name(root.querySelector(".input-button.inside-end"), this.words.send);
    name(root.querySelector(".input-button.outside-end"), this.words.picture);
    name(messages, this.words.title);
    if (messages?.getAttribute("role") !== "group") messages?.setAttribute("role", "group");
    if (messages?.tabIndex !== 0) messages?.setAttribute("tabindex", "0");
    for (const link of root.querySelectorAll("#messages a[href]")) {
      if (!/^(https?|mailto):$/.test(link.protocol)) link.removeAttribute("href");
    }
    for (const bubble of root.querySelectorAll(".message-bubble:not([data-sb])")) this.#sign(bubble);
  }

  // Who said it and when, on the bubble itself; an author's name for those who do not see the side.
  #sign(bubble) {
    bubble.dataset.sb = "signed";
    const {author, agent, at} = this.#next ?? {author: "customer", at: Date.now() / 1000};
    const who = {customer: this.words.you, agent: agent || this.words.agent}[author] ?? this.words.bot;
    for (const picture of bubble.querySelectorAll("img:not([alt]), img[alt='']")) {
      picture.alt = this.words.picture_by.replace("{who}", who);
    }
    if (bubble.querySelector(".sb-choices, .sb-typing")) return;
    const speaker = document.createElement("span");
    Object.assign(speaker, {className: "sb-away", textContent: `${who}: `});
    bubble.prepend(speaker);
    const line = document.createElement("div");
    const when = this.#when(at);
    Object.assign(line, {className: "sb-meta",
      textContent: author === "agent" ? `${who} · ${when}` : when});
    bubble.append(line);
  }

  #when(at) {
    const day = new Date(at * 1000);
    const today = day.toDateString() === new Date().toDateString();
    return new Intl.DateTimeFormat(this.language, {hour: "2-digit", minute: "2-digit",
      ...(today ? {} : {day: "numeric", month: "short"})}).format(day);
  }

  #connect() {
    const path = this.getAttribute("socket-path") || "/socket.io";
    const socket = this.#socket = window.io(HERE.origin, {path});
    socket.on("connect", () => socket.emit("session_request", {session_id: session.get()}));
    socket.on("session_confirm", (token) => session.set(token));
    socket.on("session_history", (history) => this.#begin(history));
    socket.on("disconnect", () => this.#lost());
    socket.on("connect_error", () => this.#lost());
    socket.on("bot_typing", (by) => this.#bubble(by?.agent || this.words.bot));
    socket.on("bot_uttered", (message) => this.#receive(message, false));
    socket.on("customer_uttered", (message) => this.#receive(message, true));
  }

  #begin(history) {
    for (const message of history) this.#receive(message, true);
    pending.load();
    for (const message of pending.messages.values()) this.#showPending(message);
    this.#ready = true;
    this.#tell("");
    for (const id of pending.messages.keys()) this.#emit(id);
    if (!this.#shown.size) this.#welcome();
    if (this.panel.hidden) this.#unread(this.#latest > Number(readUpTo.get() ?? 0));
    else this.#markRead();
  }

  // The empty first screen: what one can ask. It is no part of the conversation.
  #welcome() {
    this.#add({role: "ai", text: this.words.hello}, {author: "bot", at: Date.now() / 1000});
    const starters = this.words.starters.map((title) => ({title, payload: ""}));
    this.#offer("ai", starters, {author: "bot"});
  }

  #lost() {
    this.#ready = false;
    this.#tell(this.words.offline);
  }

  #tell(text) {
    this.status.textContent = text;
    this.status.hidden = !text;
  }

  #add(message, said) {
    this.#next = said;
    this.#chat.addMessage(message);
    this.#tend();
    this.#next = null;
  }

  #bubble(name) {
    clearTimeout(this.#typing);
    this.#chat.shadowRoot?.querySelector(".sb-typing")?.closest(".outer-message-container")?.remove();
    if (!name) return;
    const told = escaped(this.words.typing.replace("{who}", name));
    this.#add({role: "ai", html: `<span class="sb-typing" role="img" aria-label="${told}">
      <i></i><i></i><i></i></span>`}, {author: "bot"});
    this.#typing = setTimeout(() => this.#bubble(""), TYPING_MS);
  }

  #receive(message, quiet) {
    if (message.author === "customer") pending.delete(message.id);
    if (this.#shown.has(message.id)) return;
    this.#shown.add(message.id);
    this.#bubble("");
    this.endButton.hidden = false;
    if (message.author === "customer") this.#retire();
    else this.#latest = Math.max(this.#latest, message.at ?? 0);
    const role = {customer: "user", agent: "agent"}[message.author] ?? "ai";
    this.#showContent(role, message);
    if (message.quick_replies) this.#offer(role, message.quick_replies, message);
    if (quiet || role === "user") return;
    this.#announce(message);
    if (this.panel.hidden) this.#unread(true);
    else this.#markRead();
  }

  #showContent(role, message) {
    const attached = message.attachment ?? {};
    const address = message.image ?? attached.payload?.src;
    const source = address && new URL(address, HERE).href;
    if (address && attached.type === "file") {
      const name = escaped(attached.payload.name || this.words.file);
      this.#add({role, html: `<a class="sb-file" target="_blank" rel="noopener"
        href="${safeLink(source)}">${name}</a>`}, message);
    } else if (address) this.#add({role, files: [{src: source, type: "image"}]}, message);
    for (const card of attached.payload?.elements ?? []) this.#card(role, card, message);
    if (message.text) this.#add({role, text: message.text}, message);
  }

  #announce(message) {
    const line = document.createElement("p");
    const who = message.author === "agent" ? message.agent || this.words.agent : this.words.bot;
    const buttons = (message.quick_replies ?? []).map((reply) => reply.title).join(", ");
    const picture = message.attachment ? this.words.picture_by.replace("{who}", who) : "";
    const choices = buttons ? `${this.words.choices} ${buttons}` : "";
    line.textContent = [`${who}:`, picture, message.text, choices].filter(Boolean).join(" ");
    this.shadowRoot.querySelector("#log").append(line);
  }

  #card(role, card, message) {
    const picture = card.image_url
      ? `<img src="${safeLink(card.image_url)}" alt="${escaped(card.title)}" style="max-width:100%">`
      : "";
    this.#add({role, html: `${picture}<strong>${escaped(card.title)}</strong>
      <div>${escaped(card.subtitle ?? "")}</div>`}, message);
    if (card.buttons?.length) this.#offer(role, card.buttons, message);
  }

  #offer(role, replies, message) {
    const choices = replies.map((reply) => (reply.url
      ? `<a class="sb-choice" target="_blank" rel="noopener" href="${safeLink(reply.url)}">` +
        `${escaped(reply.title)}</a>`
      : `<button class="sb-choice" data-reference="${escaped(reply.payload)}">` +
        `${escaped(reply.title)}</button>`));
    const group = `role="group" aria-label="${escaped(this.words.choices)}"`;
    this.#add({role, html: `<div class="sb-choices" ${group}>${choices.join("")}</div>`}, message);
  }

  // Buttons are for the next answer only; what they lead to elsewhere stays.
  #retire() {
    const root = this.#chat.shadowRoot;
    for (const button of root.querySelectorAll("button.sb-choice")) button.remove();
    for (const group of root.querySelectorAll(".sb-choices:empty")) {
      group.closest(".outer-message-container")?.remove();
    }
  }

  #press(button) {
    const reference = button.dataset?.reference;
    if (reference === undefined || !button.isConnected) return;
    const title = button.textContent;
    this.#retire();
    this.#add({role: "user", text: title}, {author: "customer", at: Date.now() / 1000});
    this.#send(reference || title, reference ? {title} : {});
    this.#chat.focusInput();
  }

  async #written(body) {
    const {text, files} = body.messages?.at(-1) ?? {};
    this.#retire();
    const source = files?.[0]?.src;
    if (!source) return this.#send(text ?? "", {});
    try {
      this.#send(text ?? "", {}, await shrunk(source));
    } catch {  // no picture that this browser can open: the words are sent all the same
      this.#tell(this.words.picture_refused);
      if (text) this.#send(text, {});
    }
  }

  #send(message, metadata, picture) {
    const id = newId();
    this.#shown.add(id);
    this.endButton.hidden = false;
    pending.set({message, message_id: id, metadata: {...metadata, locale: this.language},
      ...(picture ? {picture} : {}), at: Date.now() / 1000});
    if (this.#ready) this.#emit(id);
  }

  #showPending(message) {
    if (this.#shown.has(message.message_id)) return;
    this.#shown.add(message.message_id);
    const said = {author: "customer", at: message.at};
    if (message.picture) this.#add({role: "user", files: [{src: message.picture, type: "image"}]}, said);
    const text = message.metadata.title ?? message.message;
    if (text) this.#add({role: "user", text}, said);
  }

  async #emit(id) {
    const message = pending.messages.get(id);
    if (!message) return;
    const again = (seconds) => setTimeout(() => this.#ready && this.#emit(id), seconds * 1000);
    if (message.picture && !message.file) {
      const brought = await upload(message.picture);
      if (brought.error === "again") return again(3);
      if (brought.error) this.#tell(this.words.picture_refused);
      message.file = brought.id;
      delete message.picture;
      if (!message.file && !message.message) return pending.delete(id);
      pending.set(message);
    }
    const {message: text, message_id, metadata, file} = message;
    this.#socket.emit("user_uttered", {message: text, message_id, metadata, file}, (answer) => {
      if (answer.error === "too many") {
        this.#tell(this.words.too_many);
        setTimeout(() => { this.#tell(""); this.#ready && this.#emit(id); }, answer.seconds * 1000);
      } else if (answer.error === "not kept" || answer.error === "no session") {
        again(3);
      } else {
        pending.delete(id);
        if (answer.error) this.#tell(this.words.too_long);
      }
    });
  }

  #tellTyping() {
    if (!this.#ready || Date.now() - this.#typedAt < TELL_TYPING_MS) return;
    this.#typedAt = Date.now();
    this.#socket.emit("customer_typing");
  }

  #askHowItWas() {
    this.ending.hidden = false;
    this.ending.querySelector("input").focus();
  }

  #stay() {
    this.ending.hidden = true;
    this.endButton.focus();
  }

  // The server forgets what was proved; the browser forgets the conversation.
  #end() {
    if (!this.#ready) return this.#tell(this.words.offline);
    const form = new FormData(this.ending);
    const score = Number(form.get("score"));
    if (score) this.#socket.emit("session_rating", {score, comment: form.get("comment")}, () => {});
    this.#socket.emit("session_end", {}, () => {
      session.set(null);
      readUpTo.set(null);
      pending.clear();
      this.#shown.clear();
      this.#chat.clearMessages(true);
      this.ending.reset();
      this.ending.hidden = this.endButton.hidden = true;
      this.#ready = false;
      this.#socket.emit("session_request", {session_id: null});
      this.#chat.focusInput();
    });
  }

  #markRead() {
    if (this.#latest) readUpTo.set(String(this.#latest));
    this.#unread(false);
  }

  #unread(on) {
    this.launcher.classList.toggle("unread", on);
    this.launcher.setAttribute("aria-label", on ? this.words.unread : this.words.open);
  }
}

customElements.define("switchboard-chat", SwitchboardChat);
