// The page's half of the countdown widget; the kernel's half is countdown.py.
//
// One ES module without a bundler. The presigned URL lives in a variable of each view, comes as a custom message
// and is never written to the model, the document (but for the moment of copying by hand) or a log. A token for
// programs comes on a click only and is not kept.
//
// page → kernel   {do: look | open | copy | token | refresh | revoke | auto, view, click, …}
// kernel → page   {tell: heard | url | secret | done | trouble | forget, now, …}

/** Every string that people see. `setText` replaces some of them: `{open: "Öffnen"}`. */
const TEXT = {
  group: (target) => `Presigned link to ${target}`,
  leads: "Opens",
  left: "Time left",
  clocks: { link: "Link", session: "Session", credentials: "Credentials" },
  first: "first to end",
  firstIs: { link: "The link ends first", credentials: "The credentials end first" },
  onceOpened: (time) => `${time} once opened`,
  serviceDecides: "as its service decides",
  dueIn: (time) => `new one due in ${time}`,
  due: "new one due",
  ended: "ended",
  noEnd: "no end known",
  scope: { read: "can read", execute: "can read and run", full: "can change and run" },
  what: { notebook: "this notebook", server: "everything on this server" },
  allows: (can, what) => `Whoever opens it ${can} ${what}`,
  allowsCloud: "Whoever opens it can use it as you can · cannot be taken back, ends by itself",
  uses: (n) => (n === 1 ? "works once" : `works ${n} times`),
  addresses: (n) => (n === 1 ? "from one address block only" : `from ${n} address blocks only`),
  note: (note) => `Note: ${note}`,
  units: { d: "d", h: "h", m: "min", s: "s" },
  open: "Open",
  copy: "Copy",
  token: "Copy token",
  refresh: "Refresh",
  revoke: "Revoke",
  auto: "Refresh automatically",
  sure: "End this link and every session it started?",
  yes: "Revoke",
  no: "Keep",
  live: "Live",
  refreshing: "Refreshing…",
  expired: "Expired",
  revoked: "Revoked",
  failed: "Failed",
  stale: "Not connected",
  expiredHint: "Refresh it to use it again.",
  credentialsHint: "The credentials that signed it have ended. Renew them, then refresh it.",
  revokedHint: "Nobody can open it, and its sessions have ended.",
  staleHint: "Run the cell again to get a link.",
  copied: "Copied. Whoever has the link can use it.",
  copiedToken: "Token copied. Whoever has it can use the session.",
  opened: "Opened in a new tab.",
  blocked: "The browser blocked the new tab. Allow pop-ups here, or copy the link.",
  byHand: "Press Ctrl+C (⌘C) to copy:",
  busy: "The kernel is busy. This will be done when it is idle.",
  slow: "Waiting for an answer…",
  busyNoUrl: "The kernel is busy, and the link has not arrived yet. Try again when it is idle.",
  busyNoToken: "The kernel is busy, and the token has not arrived yet. Try again when it is idle.",
  silent: "Waiting for the kernel. If it was shut down, run the cell again.",
  refreshed: "Refreshed.",
};

/** Translate: replace strings by name. */
export function setText(table) {
  Object.assign(TEXT, table);
}

/** How long the kernel may keep silent before the page says so or helps itself, milliseconds. */
const PATIENCE = 1500;
/** How long a kernel that has heard a wish may take for it; it gives up its upstream after 60 s itself. */
const SLOW = 65_000;
const SILENCE = 4000;
const OVERDUE = 10_000;
/** A field to copy from by hand does not stay. */
const FIELD_STAYS = 60_000;

/** One timer per page, shared through a global because each model evaluates this module anew. */
const ticker = (globalThis[Symbol.for("nb_presign.ticker.1")] ??= makeTicker());

function makeTicker() {
  const calls = new Set();
  let timer = 0;
  const tick = () => calls.forEach((call) => call());
  const arrange = () => {
    const wanted = calls.size > 0 && document.visibilityState === "visible";
    if (wanted && !timer) timer = setInterval(tick, 1000);
    if (!wanted && timer) timer = clearInterval(timer) ?? 0;
  };
  document.addEventListener("visibilitychange", () => {
    arrange();
    if (timer) tick();
  });
  return {
    add(call) {
      calls.add(call);
      arrange();
    },
    delete(call) {
      calls.delete(call);
      arrange();
    },
    get running() {
      return timer !== 0;
    },
  };
}

/** Seconds as `4:32`, `1:02:03` or `2 d 4 h`. */
function clockText(ms) {
  const s = Math.max(0, Math.ceil(ms / 1000));
  if (s >= 86_400) {
    return `${Math.floor(s / 86_400)} ${TEXT.units.d} ${Math.floor((s % 86_400) / 3600)} ${TEXT.units.h}`;
  }
  const two = (n) => String(n).padStart(2, "0");
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** Seconds as `12 h`, `1 h 30 min`. */
function spanText(seconds) {
  const parts = [];
  let left = seconds;
  for (const [unit, size] of [["d", 86_400], ["h", 3600], ["m", 60], ["s", 1]]) {
    if (left >= size && parts.length < 2) parts.push(`${Math.floor(left / size)} ${TEXT.units[unit]}`);
    left %= size;
  }
  return parts.join(" ");
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** JupyterLab's shortcuts must not see keys typed here: D, D deletes the cell. Lumino asks the focused element. */
const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };

function button(name, onclick) {
  return element(
    "button",
    { ...OWN_KEYS, type: "button", class: `jp-PresignButton jp-mod-${name}`, onclick },
    TEXT[name],
  );
}

function ring() {
  const svg = (tag, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };
  const circle = { cx: 22, cy: 22, r: 19, pathLength: 100 };
  const root = svg("svg", { viewBox: "0 0 44 44", class: "jp-PresignRing", "aria-hidden": "true" });
  const hand = svg("circle", { ...circle, class: "jp-PresignRing-hand" });
  root.append(svg("circle", { ...circle, class: "jp-PresignRing-track" }), hand);
  return { root, hand };
}

class CountdownView {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.view = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
    this.clicks = 0;
    this.url = "";
    this.urlId = "";
    this.givenId = "";
    this.offset = null;
    this.heard = false;
    this.onScreen = false;
    this.looking = null;
    this.pending = new Map();
    this.timers = new Set();
    this.life = new AbortController();
    this.build();
    this.wire();
    this.takeFace();
  }

  get face() {
    return this.model.get("face") ?? {};
  }

  /** The kernel's time now, however late this is asked. */
  get now() {
    return Date.now() + (this.offset ?? 0);
  }

  /** What runs out first: the link itself, or the credentials that it was signed with. */
  get first() {
    const { expires_at: link, credentials_expire_at: credentials } = this.face;
    return credentials && credentials < link ? "credentials" : "link";
  }

  get end() {
    return (this.first === "link" ? this.face.expires_at : this.face.credentials_expire_at) ?? 0;
  }

  get left() {
    return this.end - this.now;
  }

  /** Saved without its kernel, or the kernel is another one by now. */
  get stale() {
    const live = this.model.comm_live ?? !this.el.closest(".jupyter-widgets-disconnected");
    return !live || !this.face.id;
  }

  get state() {
    if (this.stale) return "stale";
    const { state } = this.face;
    return (state === "live" || state === "failed") && this.left <= 0 ? "expired" : state;
  }

  build() {
    this.ring = ring();
    this.time = element("div", { class: "jp-PresignTime", role: "timer", "aria-live": "off" });
    this.badge = element("span", { class: "jp-PresignState" });
    this.target = element("code", { class: "jp-PresignTarget" });
    this.clocks = {};
    this.ends = element("dl", { class: "jp-PresignClocks" });
    for (const name of Object.keys(TEXT.clocks)) this.ends.append(this.makeClock(name));
    this.allows = element("div", { class: "jp-PresignAllows" });
    this.note = element("div", { class: "jp-PresignNote" });
    this.id = element("span", { class: "jp-PresignId" });
    this.buttons = {
      open: button("open", () => this.open()),
      copy: button("copy", () => this.copy()),
      token: button("token", () => this.copyToken()),
      refresh: button("refresh", () => this.wish("refresh")),
      revoke: button("revoke", () => this.ask(true)),
    };
    this.auto = element("input", {
      ...OWN_KEYS,
      type: "checkbox",
      onchange: () => this.wish("auto", { on: this.auto.checked }),
    });
    this.switch = element("label", { class: "jp-PresignSwitch" }, this.auto, TEXT.auto);
    this.bar = element(
      "div",
      { class: "jp-PresignBar" },
      ...Object.values(this.buttons),
      this.switch,
    );
    this.keep = button("no", () => this.ask(false));
    this.sure = element(
      "div",
      { class: "jp-PresignBar jp-PresignSure", role: "alertdialog", "aria-label": TEXT.sure },
      element("span", {}, TEXT.sure),
      button("yes", () => {
        this.ask(false);
        this.wish("revoke");
      }),
      this.keep,
    );
    this.sure.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        this.ask(false);
      }
    });
    this.sure.hidden = true;
    this.byHand = element("div", { class: "jp-PresignByHand" });
    this.status = element("div", { class: "jp-PresignStatus", role: "status", "aria-live": "polite" });
    this.root = element(
      "div",
      { class: "jp-PresignCountdown", role: "group" },
      element("div", { class: "jp-PresignDial" }, this.ring.root, this.time),
      element(
        "div",
        { class: "jp-PresignBody" },
        element(
          "div",
          { class: "jp-PresignHead" },
          this.badge,
          element("span", { class: "jp-PresignLeads" }, TEXT.leads),
          this.target,
          this.id,
        ),
        this.ends,
        this.allows,
        this.note,
        this.bar,
        this.sure,
        this.byHand,
        this.status,
      ),
    );
    this.el.append(this.root);
  }

  /** One of the three clocks: its name, when it ends, and whether it is the first to. */
  makeClock(name) {
    const value = element("dd", { class: "jp-PresignClock-value" });
    const first = element("dd", { class: "jp-PresignClock-first" }, TEXT.first);
    const row = element(
      "div",
      { class: "jp-PresignClock", "data-clock": name },
      element("dt", {}, TEXT.clocks[name]),
      value,
      first,
    );
    this.clocks[name] = { row, value, first };
    return row;
  }

  wire() {
    const { signal } = this.life;
    this.onFace = () => this.takeFace();
    this.onMessage = (message) => this.take(message ?? {});
    this.onTick = () => this.tick();
    this.model.on("change:face", this.onFace);
    this.model.on("comm_live_update", this.onFace);
    this.model.on("msg:custom", this.onMessage);
    document.addEventListener("visibilitychange", () => this.look(), { signal });
    globalThis.addEventListener("pagehide", () => this.look(false), { signal });
    this.observer = new IntersectionObserver((entries) => {
      this.onScreen = entries[entries.length - 1].isIntersecting;
      this.look();
    });
    this.observer.observe(this.root);
  }

  close() {
    this.look(false);
    this.life.abort();
    this.observer.disconnect();
    this.model.off("change:face", this.onFace);
    this.model.off("comm_live_update", this.onFace);
    this.model.off("msg:custom", this.onMessage);
    ticker.delete(this.onTick);
    this.timers.forEach(clearTimeout);
    this.forget();
    this.root.remove();
  }

  later(call, delay) {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      call();
    }, delay);
    this.timers.add(timer);
  }

  send(wish, more = {}) {
    const click = String((this.clicks += 1));
    this.model.send({ do: wish, view: this.view, click, ...more });
    return click;
  }

  /** Tell the kernel whether this view is in sight; what is in sight is kept fresh. */
  look(seen = this.onScreen && document.visibilityState === "visible") {
    if (seen) ticker.add(this.onTick);
    else ticker.delete(this.onTick);
    if (seen) this.tick();
    if (seen === this.looking || (this.looking === null && !seen) || this.stale) return;
    this.looking = seen;
    this.send("look", { visible: seen });
    if (seen) {
      // The clocks may have moved apart while nobody looked; the answer says how far.
      this.offsetIsOld = true;
      this.later(() => {
        if (!this.heard && !this.stale) this.say(TEXT.silent);
      }, SILENCE);
    }
  }

  /** Take a message of the kernel. */
  take(message) {
    this.setClock(message.now);
    this.tick();
    if (!this.heard) {
      this.heard = true;
      if (this.status.textContent === TEXT.silent) this.say("");
    }
    if (message.tell === "forget") this.forget();
    if (message.view !== this.view) return;
    if (message.tell === "url") {
      this.url = message.url;
      this.urlId = message.id;
      this.waiting?.();
    }
    const pending = this.pending.get(message.click);
    if (message.tell === "heard") {
      if (pending) pending.heard = true;
      return;
    }
    this.pending.delete(message.click);
    if (message.tell === "secret") this.takeSecret(pending, message.secret);
    else if (message.tell === "trouble") this.trouble(pending, message.text);
    else if (message.tell === "done" && pending?.wish === "refresh") this.say(TEXT.refreshed);
    else if (message.tell === "done" && pending) this.say("");
  }

  /** Take the kernel's time: each measure is late by the way it took, so that the greatest is the best. */
  setClock(now) {
    if (typeof now !== "number") return;
    const measured = now - Date.now();
    const fresh = this.offset === null || this.offsetIsOld;
    this.offset = fresh ? measured : Math.max(this.offset, measured);
    this.offsetIsOld = false;
  }

  takeFace() {
    const { face } = this;
    this.setClock(face.now);
    if (face.state === "revoked" || (this.urlId && face.id !== this.urlId)) this.forget();
    if (this.stale) this.looking = null;
    this.root.setAttribute("aria-label", TEXT.group(face.target ?? ""));
    this.target.textContent = face.target ?? "";
    this.target.title = face.target ?? "";
    this.id.textContent = face.id ?? "";
    this.auto.checked = Boolean(face.auto);
    const what = face.only ? TEXT.what.notebook : TEXT.what.server;
    const can = TEXT.scope[face.scope] ?? face.scope;
    this.allows.textContent = [
      face.revocable ? TEXT.allows(can, what) : TEXT.allowsCloud,
      ...(face.max_uses ? [TEXT.uses(face.max_uses)] : []),
      ...(face.addresses ? [TEXT.addresses(face.addresses)] : []),
    ].join(" · ");
    const { session, credentials } = this.clocks;
    session.value.textContent = face.session_seconds
      ? TEXT.onceOpened(spanText(face.session_seconds))
      : TEXT.serviceDecides;
    session.first.hidden = true;
    // Our own servers' links are signed with keys that do not end.
    credentials.row.hidden = face.revocable && !face.credentials_expire_at;
    this.buttons.token.hidden = !face.has_token;
    this.buttons.revoke.hidden = !face.revocable;
    this.note.textContent = face.note ? TEXT.note(face.note) : "";
    this.shown = null;
    this.tick();
  }

  /** Bring the time and, where it changed, the state up to date. */
  tick() {
    const { state, left, face } = this;
    const counts = !["expired", "revoked", "stale"].includes(state);
    const share = counts ? left / Math.max(1, this.end - face.created_at) : 0;
    this.time.textContent = counts ? clockText(left) : "–";
    this.time.setAttribute("aria-label", counts ? this.leftText() : TEXT[state]);
    this.tickClocks(counts);
    // One more than the whole, or a hair of the hand's end stays at zero.
    this.ring.hand.style.strokeDashoffset = share > 0 ? String(100 - 100 * Math.min(1, share)) : "101";
    this.root.classList.toggle("jp-mod-soon", counts && share < 0.15);
    if (state !== this.shown || this.hintFor(state) !== this.hint) this.showState(state);
  }

  leftText() {
    const named = this.face.credentials_expire_at ? `. ${TEXT.firstIs[this.first]}` : "";
    return `${TEXT.left} ${clockText(this.left)}${named}`;
  }

  tickClocks(counts) {
    const { expires_at: end, renew_by: due, credentials_expire_at: credentials } = this.face;
    const several = counts && Boolean(credentials);
    const left = (until) => (until > this.now ? clockText(until - this.now) : TEXT.ended);
    const next = due && due < end ? due - this.now : null;
    const renewal = next === null ? "" : ` · ${next > 0 ? TEXT.dueIn(clockText(next)) : TEXT.due}`;
    const texts = {
      link: left(end) + (end > this.now ? renewal : ""),
      credentials: credentials ? left(credentials) : TEXT.noEnd,
    };
    for (const [name, text] of Object.entries(texts)) {
      const { row, value, first } = this.clocks[name];
      if (value.textContent !== text) value.textContent = text;
      first.hidden = !several || this.first !== name;
      row.classList.toggle("jp-mod-first", !first.hidden);
    }
  }

  showState(state) {
    const hint = this.hintFor(state);
    const same = this.root.dataset.state === state && this.hint === hint;
    this.shown = state;
    this.hint = hint;
    this.root.dataset.state = state;
    this.badge.textContent = TEXT[state];
    const { open, copy, token, refresh, revoke } = this.buttons;
    const over = state === "revoked" || state === "stale";
    this.bar.hidden = over || !this.sure.hidden;
    this.allows.hidden = over;
    this.ends.hidden = over;
    if (over) this.ask(false);
    copy.disabled = state === "expired" && this.face.revocable;
    token.disabled = state === "expired";
    open.disabled = false;
    refresh.disabled = state === "refreshing";
    revoke.disabled = false;
    if (!same) this.say(hint);
  }

  hintFor(state) {
    if (state === "revoked" || state === "stale") return TEXT[`${state}Hint`];
    if (this.face.hint) return this.face.hint;
    if (this.overdue) return TEXT.silent;
    if (state === "expired" && this.first === "credentials") return TEXT.credentialsHint;
    return TEXT[`${state}Hint`] ?? "";
  }

  /** The kernel refreshes in time even while it computes, so that it is gone, or just waking up. */
  get overdue() {
    const { state, auto, next_refresh_at: due } = this.face;
    return state === "live" && auto && this.now > Math.min(due ? due + OVERDUE : Infinity, this.end);
  }

  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  forget() {
    this.url = "";
    this.urlId = "";
    this.byHand.replaceChildren();
  }

  /** Ask the kernel, and say so if it does not get to it. */
  wish(what, more = {}) {
    const click = this.send(what, more);
    if (what === "auto") return;
    this.pending.set(click, { wish: what });
    this.later(() => {
      const pending = this.pending.get(click);
      if (pending && this.face.state !== "refreshing") this.say(pending.heard ? TEXT.slow : TEXT.busy);
    }, PATIENCE);
  }

  /** Show or take back the question whether to revoke. */
  ask(asking) {
    const was = !this.sure.hidden;
    this.sure.hidden = !asking;
    this.bar.hidden = asking || ["revoked", "stale"].includes(this.state);
    if (asking) this.keep.focus();
    else if (was && !this.bar.hidden) this.buttons.revoke.focus();
  }

  /** Open a tab at once, as browsers allow within a click only, and lead it to a link minted for this click. */
  open() {
    const tab = globalThis.open("about:blank", "_blank");
    if (!tab) {
      this.say(TEXT.blocked);
      return;
    }
    tab.opener = null;
    this.askForSecret("open", { tab });
  }

  /** Ask for a secret that is this click's own. If the kernel does not get to it, help ourselves. */
  askForSecret(wish, more = {}) {
    const click = this.send(wish);
    const pending = { wish, ...more };
    this.pending.set(click, pending);
    const help = () => {
      if (this.pending.delete(click)) this.helpItself(pending);
    };
    this.later(() => {
      if (!pending.heard) help();
      else if (this.pending.has(click)) {
        this.say(TEXT.slow);
        this.later(help, SLOW);
      }
    }, PATIENCE);
  }

  helpItself(pending, otherwise = "") {
    if (pending.wish === "token") this.say(otherwise || TEXT.busyNoToken);
    else this.useUrl(pending, this.giveUrl(), otherwise || TEXT.busyNoUrl);
  }

  /** An answer that comes after the page has helped itself finds nothing pending; its link expires unused. */
  takeSecret(pending, secret) {
    if (pending?.wish === "token") this.put(secret, TEXT.copiedToken, this.buttons.token);
    else if (pending) this.useUrl(pending, secret);
  }

  useUrl(pending, url, otherwise = "") {
    if (pending.wish === "open") this.lead(pending.tab, url, otherwise);
    else if (url) this.put(url, TEXT.copied, this.buttons.copy);
    else this.say(otherwise);
  }

  /** Whether the followed link's URL is here, and opens. */
  get hasUrl() {
    const spent = !this.face.revocable && this.givenId === this.urlId;
    return Boolean(this.url) && this.left > 0 && !spent;
  }

  /** Give out the followed link's URL; a cloud's only once, since it may let nobody in a second time. */
  giveUrl() {
    if (!this.hasUrl) return "";
    this.givenId = this.urlId;
    return this.url;
  }

  trouble(pending, text) {
    if (pending?.wish === "open" || pending?.wish === "copy") this.helpItself(pending, text);
    else if (pending) this.say(text);
  }

  lead(tab, url, otherwise = "") {
    if (tab.closed) return;
    if (!url || !/^https?:/i.test(url)) {
      tab.close();
      this.say(otherwise);
      return;
    }
    // A click inside the tab itself: `noreferrer` keeps this page's address from the target.
    const { document: page } = tab;
    const link = page.createElement("a");
    link.href = url;
    link.rel = "noreferrer";
    page.body.append(link);
    link.click();
    this.say(TEXT.opened);
  }

  async copy() {
    if (!this.face.revocable) {
      this.askForSecret("copy");
      return;
    }
    if (!this.hasUrl) {
      this.send("look", { visible: true });
      await new Promise((resolve) => {
        this.waiting = resolve;
        this.later(resolve, PATIENCE);
      });
    }
    this.useUrl({ wish: "copy" }, this.giveUrl(), TEXT.busyNoUrl);
  }

  copyToken() {
    this.askForSecret("token");
  }

  async put(secret, said, origin) {
    try {
      await navigator.clipboard.writeText(secret);
      this.say(said);
    } catch {
      this.offerByHand(secret, said, origin);
    }
  }

  /** Where the clipboard is out of reach (plain http, no permission): a selected field, for as long as it has focus. */
  offerByHand(secret, said, origin) {
    const field = element("input", {
      ...OWN_KEYS,
      type: "text",
      readonly: "",
      "aria-label": TEXT.byHand,
    });
    const remove = () => this.byHand.replaceChildren();
    field.value = secret;
    field.addEventListener("blur", remove);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") origin.focus();
    });
    field.addEventListener("copy", () => {
      this.say(said);
      this.later(() => origin.focus(), 0);
    });
    this.byHand.replaceChildren(element("span", {}, TEXT.byHand), field);
    field.focus();
    field.select();
    this.later(remove, FIELD_STAYS);
  }
}

function render({ model, el }) {
  const view = new CountdownView(model, el);
  return () => view.close();
}

export default { render };
