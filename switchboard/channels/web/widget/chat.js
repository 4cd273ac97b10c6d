// The chat on a shop's page: <switchboard-chat></switchboard-chat>, a button that opens a panel.
// The messages are shown by deep-chat and carried by socket.io; this file joins the two, keeps what
// is not acknowledged yet, and knows each message by its id, so that none is shown twice.
(() => {
  "use strict";
  const WORDS = /*WORDS*/ {};
  const HERE = new URL(".", document.currentScript.src);
  const SESSION = "switchboard-session";
  const TYPING_MS = 6000;
  const MAX_PICTURE = 1_900_000;
  const HUES = {accent: "#1f5f5b", customer: "#1f5f5b", bot: "#eef3f2", agent: "#fdf0dc"};

  const memory = {};
  const store = {
    get() {
      try { return localStorage.getItem(SESSION); } catch { return memory.token || null; }
    },
    set(token) {
      try { localStorage.setItem(SESSION, token); } catch { memory.token = token; }
    },
  };
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

  class SwitchboardChat extends HTMLElement {
    #socket; #chat; #signals; #typing; #ready = false;
    #shown = new Set();    // ids of messages on the screen
    #pending = new Map();  // what is not acknowledged, by id, in order

    connectedCallback() {
      const code = (this.lang || document.documentElement.lang || navigator.language).slice(0, 2);
      this.language = WORDS[code] ? code : "en";
      this.words = WORDS[this.language];
      this.attachShadow({mode: "open"}).innerHTML = this.#frame();
      this.panel = this.shadowRoot.querySelector("section");
      this.launcher = this.shadowRoot.querySelector("#launcher");
      this.status = this.shadowRoot.querySelector("#status");
      this.launcher.onclick = () => (this.panel.hidden ? this.open() : this.close());
      this.shadowRoot.querySelector("#close").onclick = () => this.close();
      this.panel.addEventListener("keydown", (event) => {
        if (event.key === "Escape") this.close();
      });
      if (store.get()) this.#start();  // an answer may be waiting
    }

    disconnectedCallback() { this.#socket?.disconnect(); }

    async open() {
      this.panel.hidden = false;
      this.launcher.setAttribute("aria-expanded", "true");
      this.#unread(false);
      await this.#start();
      this.#chat.focusInput();
      this.#chat.scrollToBottom();
    }

    close() {
      this.panel.hidden = true;
      this.launcher.setAttribute("aria-expanded", "false");
      this.launcher.focus();
    }

    #frame() {
      const {title, open, close} = this.words;
      return `<style>
        :host { --accent: ${HUES.accent}; font: 16px/1.5 system-ui, sans-serif; }
        [hidden] { display: none !important; }
        button { font: inherit; cursor: pointer; border: 0; background: var(--accent); color: #fff; }
        button:focus-visible { outline: 3px solid #e5a23c; outline-offset: 2px; }
        #launcher { position: fixed; right: 20px; bottom: 20px; z-index: 9998; border-radius: 28px;
          padding: 14px 22px; box-shadow: 0 4px 16px rgb(0 0 0 / 25%); }
        #launcher.unread::after { content: ""; position: absolute; top: 2px; right: 8px; width: 12px;
          height: 12px; border-radius: 50%; background: #c43d2b; border: 2px solid #fff; }
        section { position: fixed; right: 20px; bottom: 90px; z-index: 9999; width: 380px;
          height: min(600px, calc(100vh - 110px)); display: flex; flex-direction: column;
          background: #fff; border-radius: 14px; overflow: hidden;
          box-shadow: 0 8px 40px rgb(0 0 0 / 30%); }
        header { display: flex; align-items: center; background: var(--accent); color: #fff;
          padding: 6px 8px 6px 16px; }
        h2 { flex: 1; margin: 0; font-size: 17px; font-weight: 600; }
        #close { padding: 6px 12px; font-size: 20px; line-height: 1; }
        #status { margin: 0; padding: 4px 16px; background: #fdf0dc; color: #553c00; font-size: 14px; }
        main { flex: 1; min-height: 0; position: relative; }
        deep-chat { position: absolute !important; inset: 0; }
        #log { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        @media (max-width: 480px) {
          section { inset: 0; width: auto; height: auto; border-radius: 0; }
        }
        @media (prefers-reduced-motion: reduce) { * { animation: none !important; } }
      </style>
      <button id="launcher" aria-expanded="false" aria-controls="panel">${escaped(open)}</button>
      <section id="panel" role="dialog" aria-labelledby="title" lang="${this.language}" hidden>
        <header><h2 id="title">${escaped(title)}</h2>
          <button id="close" aria-label="${escaped(close)}">×</button></header>
        <p id="status" role="status" hidden></p>
        <main></main>
        <div id="log" role="log" aria-live="polite"></div>
      </section>`;
    }

    #start() {
      return (this.starting ??= loadLibraries().then(() => this.#show()).then(() => this.#connect()));
    }

    async #show() {
      const main = this.shadowRoot.querySelector("main");
      // With a font named before it comes to life, deep-chat fetches none from elsewhere.
      main.innerHTML = '<deep-chat style="font-family: system-ui, sans-serif"></deep-chat>';
      const chat = this.#chat = main.firstChild;
      const bubble = (backgroundColor, color) => ({bubble: {backgroundColor, color}});
      Object.assign(chat, {
        chatStyle: {width: "100%", height: "100%", border: "0", fontFamily: "system-ui, sans-serif",
          fontSize: "16px"},
        messageStyles: {default: {
          shared: {bubble: {maxWidth: "80%", overflowWrap: "anywhere"}},
          user: bubble(HUES.customer, "#fff"), ai: bubble(HUES.bot, "#1c2826"),
          agent: bubble(HUES.agent, "#3d2c00")}},
        remarkable: {html: false, breaks: true, linkTarget: "_blank"},
        textInput: {placeholder: {text: this.words.write, style: {color: "#5c6664"}},
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
        auxiliaryStyle: `.sb-choices { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 2px; }
          .sb-choice { font: inherit; border: 1px solid ${HUES.accent}; color: ${HUES.accent};
            background: #fff; border-radius: 16px; padding: 5px 14px; cursor: pointer; }
          .sb-choice:focus-visible { outline: 3px solid #e5a23c; outline-offset: 1px; }
          .agent-message-text::before { content: "${this.words.agent}"; display: block;
            font-size: 13px; font-weight: 600; }`,
      });
      await new Promise((done) => { chat.onComponentRender = done; });
      // On a busy machine deep-chat renders a second time, with a new input, in a timer that stands
      // already: what was focused or typed before it would be gone.
      await new Promise((done) => { setTimeout(done, 10); });
      this.#tend();
      new MutationObserver(() => this.#tend()).observe(
        chat.shadowRoot, {childList: true, subtree: true, attributes: true});
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
    }

    #connect() {
      const path = this.getAttribute("socket-path") || "/socket.io";
      const socket = this.#socket = window.io(HERE.origin, {path});
      socket.on("connect", () => socket.emit("session_request", {session_id: store.get()}));
      socket.on("session_confirm", (token) => store.set(token));
      socket.on("session_history", (history) => {
        for (const message of history) this.#receive(message, true);
        this.#ready = true;
        this.#tell("");
        for (const id of this.#pending.keys()) this.#emit(id);
        if (!this.#shown.size) this.#add({role: "ai", text: this.words.hello});
      });
      socket.on("disconnect", () => this.#lost());
      socket.on("connect_error", () => this.#lost());
      socket.on("bot_typing", () => this.#bubble(true));
      socket.on("bot_uttered", (message) => this.#receive(message, false));
    }

    #lost() {
      this.#ready = false;
      this.#tell(this.words.offline);
    }

    #tell(text) {
      this.status.textContent = text;
      this.status.hidden = !text;
    }

    #add(message) { this.#chat.addMessage(message); }

    #bubble(on) {
      clearTimeout(this.#typing);
      this.#chat.shadowRoot?.querySelector(".sb-typing")?.closest(".outer-message-container")?.remove();
      if (!on) return;
      this.#add({role: "ai", html: `<span class="sb-typing" aria-label="${escaped(this.words.typing)}">
        … </span>`});
      this.#typing = setTimeout(() => this.#bubble(false), TYPING_MS);
    }

    #receive(message, past) {
      if (this.#shown.has(message.id)) return;
      this.#shown.add(message.id);
      this.#bubble(false);
      const role = {customer: "user", agent: "agent"}[message.author] ?? "ai";
      const picture = message.image ?? (message.attachment?.type === "image"
        ? message.attachment.payload.src : null);
      if (picture) this.#add({role, files: [{src: picture, type: "image"}]});
      for (const card of message.attachment?.payload?.elements ?? []) this.#card(role, card);
      if (message.text) this.#add({role, text: message.text});
      if (message.quick_replies) this.#offer(role, message.quick_replies);
      if (past || role === "user") return;
      const line = document.createElement("p");
      line.textContent = message.text ?? "";
      this.shadowRoot.querySelector("#log").append(line);
      if (this.panel.hidden) this.#unread(true);
    }

    #card(role, card) {
      const picture = card.image_url
        ? `<img src="${safeLink(card.image_url)}" alt="" style="max-width:100%">` : "";
      this.#add({role, html: `${picture}<strong>${escaped(card.title)}</strong>
        <div>${escaped(card.subtitle ?? "")}</div>`});
      if (card.buttons?.length) this.#offer(role, card.buttons);
    }

    #offer(role, replies) {
      const choices = replies.map((reply) => (reply.url
        ? `<a class="sb-choice" target="_blank" rel="noopener" href="${safeLink(reply.url)}">` +
          `${escaped(reply.title)}</a>`
        : `<button class="sb-choice" data-reference="${escaped(reply.payload)}">` +
          `${escaped(reply.title)}</button>`));
      this.#add({role, html: `<div class="sb-choices">${choices.join("")}</div>`});
    }

    #press(button) {
      const reference = button.dataset?.reference;
      if (!reference) return;
      this.#add({role: "user", text: button.textContent});
      this.#send(reference, {title: button.textContent});
      this.#chat.focusInput();
    }

    #written(body) {
      const {text, files} = body.messages?.at(-1) ?? {};
      const picture = files?.[0]?.src;
      if (picture?.length > MAX_PICTURE) return this.#tell(this.words.picture_too_large);
      this.#send(text ?? "", picture ? {picture} : {});
    }

    #send(message, metadata) {
      const id = newId();
      this.#shown.add(id);
      this.#pending.set(id, {message, message_id: id, metadata: {...metadata, locale: this.language}});
      if (this.#ready) this.#emit(id);
    }

    #emit(id) {
      const message = this.#pending.get(id);
      this.#socket.emit("user_uttered", message, (answer) => {
        if (answer.error === "too many") {
          this.#tell(this.words.too_many);
          setTimeout(() => { this.#tell(""); this.#ready && this.#emit(id); }, answer.seconds * 1000);
        } else if (answer.error === "not kept" || answer.error === "no session") {
          setTimeout(() => this.#ready && this.#emit(id), 3000);
        } else {
          this.#pending.delete(id);
          if (answer.error) this.#tell(this.words.too_long);
        }
      });
    }

    #unread(on) {
      this.launcher.classList.toggle("unread", on);
      this.launcher.setAttribute("aria-label", on ? this.words.unread : this.words.open);
    }
  }

  customElements.define("switchboard-chat", SwitchboardChat);
})();
