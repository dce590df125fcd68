'use strict';

(() => {
  // The token leaves the address bar and the history before anything else can look at either.
  const query = new URLSearchParams(location.search);
  const token = location.hash.slice(1) || query.get('authToken') || '';
  history.replaceState(null, '', location.pathname);

  const WORDS = {
    ready: {
      title: 'Open a shared notebook',
      message: 'Somebody shared a notebook with you. It opens in Jupyter, as far as the link allows.'
    },
    working: { title: 'Opening the notebook…', message: 'This takes a moment.' },
    away: {
      title: 'No answer from the server',
      message: 'Your link has not been lost. Check your connection, then try again.'
    },
    none: {
      title: 'There is no link here',
      message:
        'This page opens a link that somebody sent you, but its secret part is missing. Open the whole link again, up to its last character.'
    },
    off: {
      title: 'This server opens no links',
      message: 'Links are switched off here. Ask the person who sent it.'
    },
    'link-expired': {
      title: 'This link has expired',
      message: 'Links work for a few minutes only. Ask the person who sent it for a new one.'
    },
    'link-used-up': {
      title: 'This link has been used',
      message:
        'It could be opened a limited number of times. If you opened it in this browser, your notebook is still there; if not, ask for a new one.'
    },
    'link-revoked': {
      title: 'This link was taken back',
      message: 'Its owner has ended it. Ask them if you still need the notebook.'
    },
    'link-not-found': {
      title: 'This link is not valid',
      message: 'Perhaps it was cut off when it was copied. Open the whole link again, or ask for a new one.'
    },
    'not-allowed': {
      title: 'Not from here',
      message: 'This link cannot be used from your network address. Ask for one that allows it.'
    },
    'rate-limited': {
      title: 'Too many attempts',
      message: 'Wait a minute, then try again.'
    },
    unavailable: {
      title: 'The server cannot open links now',
      message: 'Your link has not been lost. Try again in a moment.'
    }
  };
  // Whatever else is refused, by code: the nearest words.
  const ALIKE = {
    'bad-input': 'link-not-found',
    'self-hosting-off': 'off',
    gone: 'link-expired'
  };
  const AGAIN = new Set(['away', 'rate-limited', 'unavailable']);

  const element = id => document.getElementById(id);
  const button = element('open');
  // One for all attempts of this page: if an answer is lost, the next attempt gets it again and uses nothing.
  const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=/g, '');
  let busy = false;

  function show(state) {
    const words = WORDS[state];
    const again = AGAIN.has(state);
    const good = state === 'ready' || state === 'working';
    document.title = words.title;
    document.body.dataset.state = state;
    document.body.dataset.tone = good ? 'good' : 'bad';
    element('title').textContent = words.title;
    element('message').textContent = words.message;
    element('label').textContent = again ? 'Try again' : state === 'working' ? 'Opening…' : 'Open notebook';
    element('facts').hidden = !good;
    button.hidden = !good && !again;
    // Not `disabled`: that would take the focus away from who pressed it.
    button.setAttribute('aria-disabled', String(state === 'working'));
    if (!good) {
      (again ? button : element('title')).focus();
    }
  }

  // As the browser will resolve it: it drops tabs and line ends, and takes backslashes for slashes.
  function leadsHere(address) {
    try {
      return address.startsWith('/') && new URL(address, location.href).origin === location.origin;
    } catch {
      return false;
    }
  }

  async function redeem() {
    let response;
    try {
      response = await fetch(location.pathname, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ token, nonce }),
        credentials: 'same-origin',
        cache: 'no-store',
        redirect: 'error'
      });
    } catch {
      return 'away';
    }
    const answer = await response.json().catch(() => ({}));
    if (response.ok && leadsHere(answer.location)) {
      location.replace(answer.location);
      return 'working';
    }
    const code = ALIKE[answer.code] || answer.code;
    return Object.hasOwn(WORDS, code) ? code : 'unavailable';
  }

  async function open() {
    if (busy) {
      return;
    }
    busy = true;
    show('working');
    const state = await redeem();
    busy = false;
    if (state !== 'working') {
      show(state);
    }
  }

  button.addEventListener('click', () => void open());
  // Another link pasted into the same tab changes only the fragment.
  addEventListener('hashchange', () => location.reload());
  if (document.body.dataset.served !== 'yes') {
    show('off');
  } else if (!token) {
    show('none');
  } else if (token.startsWith('nbo1.')) {
    if (document.prerendering) {
      // The browser looks ahead; nobody has come here yet.
      document.addEventListener('prerenderingchange', () => void open(), { once: true });
    } else {
      void open();
    }
  } else {
    show('ready');
  }
})();
