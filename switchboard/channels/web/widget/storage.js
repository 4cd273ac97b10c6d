// What the browser keeps: the session's secret token, what the server has not acknowledged yet, up to
// where the customer has read, and whether the panel is open in this tab.
const memory = {};
const kept = (area, key) => ({
  get() {
    try { return memory[key] ?? area().getItem(key); } catch { return memory[key] ?? null; }
  },
  set(value) {
    try {
      if (value === null) area().removeItem(key); else area().setItem(key, value);
      delete memory[key];
    } catch { memory[key] = value; }  // private windows, a full disk
  },
});
const session = kept(() => localStorage, "switchboard-session");
const readUpTo = kept(() => localStorage, "switchboard-read");
const openHere = kept(() => sessionStorage, "switchboard-open");

// One entry a message, so that two tabs do not overwrite each other. The server knows each by its id.
const PENDING = "switchboard-pending-";
const pending = {
  messages: new Map(),
  load() {
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(PENDING));
      const found = keys.map((key) => JSON.parse(localStorage.getItem(key)));
      for (const message of found.sort((a, b) => a.at - b.at)) {
        // One that was written before there was a session belongs to the first.
        if ([null, session.get()].includes(message.session)) {
          this.messages.set(message.message_id, message);
        }
      }
    } catch { /* nothing was kept */ }
  },
  set(message) {
    this.messages.set(message.message_id, message);
    const entry = JSON.stringify({...message, session: session.get()});
    kept(() => localStorage, PENDING + message.message_id).set(entry);
  },
  delete(id) {
    this.messages.delete(id);
    kept(() => localStorage, PENDING + id).set(null);
  },
  clear() { for (const id of [...this.messages.keys()]) this.delete(id); },
};
