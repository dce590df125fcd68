import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISanitizer } from '@jupyterlab/apputils';
import type { IRenderMime } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { EndWarning } from '../links/endwarning';
import { LinkClicks, linkOf, referenceOf } from '../links/linkclicks';
import { LinkReader } from '../links/linkreader';
import { sayLink } from '../links/linktip';
import { LinkTrouble } from '../links/linktrouble';
import { linkIcon } from '../links/providericons';
import { allowScheme } from '../links/schemes';
import { Visits } from '../model/visits';
import { IPresign } from '../tokens';

const OPEN = 'nb-presign:open-link';
/** The plugin whose settings say which links are kept (JupyterLab 4.3 to 4.6, Notebook 7). */
const SANITIZER = '@jupyterlab/apputils-extension:sanitizer';

export const linksPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nb_presign:links',
  description:
    'Shows references in documents as links, opens them, and warns before their sessions end.',
  autoStart: true,
  requires: [IPresign],
  // Deprecated is the interface of this name, not the token.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  optional: [ISanitizer, ISettingRegistry, ITranslator],
  activate: async (
    app: JupyterFrontEnd,
    presign: IPresign | null,
    sanitizer: IRenderMime.ISanitizer | null,
    settings: ISettingRegistry | null,
    translator: ITranslator | null
  ): Promise<void> => {
    if (presign === null) {
      return;
    }
    const trans = (translator ?? nullTranslator).load('nb_presign');
    const trouble = new LinkTrouble(presign.api, trans);
    const clicks = new LinkClicks(reference => sayLink(reference, trans));
    const reader = new LinkReader(presign.opener, trouble);
    reader.follow(clicks);
    new EndWarning(new Visits(presign.opener), presign.opener, trans);
    app.commands.addCommand(OPEN, {
      label: trans.__('Open Link in New Tab'),
      icon: linkIcon,
      execute: async ({ reference }) => {
        const anchor = linkOf(app.contextMenuHitTest(node => linkOf(node) !== null) ?? null);
        const asked = typeof reference === 'string' ? reference : anchor && referenceOf(anchor);
        if (asked) {
          await reader.open({ anchor: anchor ?? document.body, reference: asked });
        }
      },
      describedBy: {
        args: {
          type: 'object',
          properties: {
            reference: {
              type: 'string',
              description:
                'What to open, such as jupyter:gpu/lab/tree/train.ipynb; without it, the link that has the context menu.'
            }
          }
        }
      }
    });
    if (sanitizer !== null) {
      // Waited for, so that no document is rendered before.
      allowScheme(sanitizer, 'presign', await allowedSchemes(settings));
    }
  }
};

/** The schemes that the user allows; undefined where nobody says. */
async function allowedSchemes(registry: ISettingRegistry | null): Promise<string[] | undefined> {
  try {
    const schemes = (await registry?.load(SANITIZER))?.get('allowedSchemes').composite;
    return Array.isArray(schemes) ? schemes.filter(one => typeof one === 'string') : undefined;
  } catch {
    return undefined;
  }
}
