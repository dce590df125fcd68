import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { PresignError } from '../api/presignerror';
import type { IMinted } from '../api/values';
import { element } from '../element';
import type { Links } from '../model/links';
import { copyText } from '../panel/clipboard';
import { trouble } from '../panel/trouble';
import { formatReference, type IReference, nameOf } from '../reference/reference';
import { sayScope } from '../words';
import { ShareTerms } from './shareterms';

interface IShare {
  /** What is shared. */
  readonly reference: IReference;
  /** Its path below the server's root directory. */
  readonly path: string;
  readonly links: Links;
  readonly trans: TranslationBundle;
}

/** Ask on which terms a document is shared, make the link, and show its URL once. */
export async function share(what: IShare): Promise<void> {
  const { reference, path, links, trans } = what;
  const terms = new ShareTerms(reference, path, trans);
  // Until it is made, or somebody gives up; what was filled in stays.
  while (await isWanted(terms, what)) {
    try {
      await show(await links.mint({ target: formatReference(reference), ...terms.value() }), trans);
      return;
    } catch (thrown) {
      terms.said.replaceChildren(trouble(PresignError.from(thrown), trans));
    }
  }
}

async function isWanted(terms: ShareTerms, { reference, trans }: IShare): Promise<boolean> {
  const { button } = await showDialog({
    title: trans.__('Share %1', nameOf(reference)),
    body: new Widget({ node: element('div', '', terms.node) }),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Make Link') })],
    focusNodeSelector: 'select'
  });
  return button.accept;
}

/** Show a URL, in this dialog and nowhere else. */
async function show({ link, url }: IMinted, trans: TranslationBundle): Promise<void> {
  const shown = element('input', 'jp-mod-styled jp-PresignShare-url');
  shown.readOnly = true;
  shown.value = url;
  shown.autocomplete = 'off';
  shown.setAttribute('aria-label', trans.__('URL'));
  const until = link.goodUntil.toLocaleTimeString();
  const only = link.path === '' ? trans.__('whole server') : trans.__('only %1', link.path);
  const facts = [sayScope(link.scope, trans), only].join(' · ');
  const node = element(
    'div',
    'jp-PresignShare',
    element('p', '', trans.__('Whoever has this URL can open it until %1.', until)),
    element('p', 'jp-PresignHelp', facts),
    shown,
    element('p', 'jp-PresignHelp', trans.__('It is shown here and never again.'))
  );
  const { button } = await showDialog({
    title: trans.__('The Link Is Made'),
    body: new Widget({ node }),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Close') }),
      Dialog.okButton({ label: trans.__('Copy') })
    ]
  });
  shown.value = '';
  if (button.accept) {
    await copyText(url);
    Notification.success(trans.__('Copied.'), { autoClose: 3000 });
  }
}
