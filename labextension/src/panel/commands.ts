import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, type ICommandPalette, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { addIcon, refreshIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { text } from '../api/guards';
import { linkIcon } from '../links/providericons';
import type { IPresign } from '../tokens';
import type { PresignPanel } from './presignpanel';

export const PANEL_COMMANDS = {
  show: 'nb-presign:show-panel',
  mint: 'nb-presign:mint-link',
  reload: 'nb-presign:reload-panel',
  endGuests: 'nb-presign:end-guests'
};

interface IPlace {
  readonly palette: ICommandPalette | null;
  readonly panel: PresignPanel;
  readonly presign: IPresign;
  readonly trans: TranslationBundle;
}

/** What takes no arguments. */
const NOTHING = { args: { type: 'object', properties: {} } } as const;

/** Add what can be done with the panel, for the palette, menus and shortcuts. */
export function addPanelCommands(
  { commands, shell }: JupyterFrontEnd,
  { palette, panel, presign, trans }: IPlace
): void {
  const show = (): void => {
    shell.activateById(panel.id);
  };
  const all: Record<string, CommandRegistry.ICommandOptions> = {
    [PANEL_COMMANDS.show]: {
      label: trans.__('Show Presigned Links'),
      icon: linkIcon,
      describedBy: NOTHING,
      // Not when it is activated: JupyterLab (4.6) does that, a moment later than asked, and on every
      // load of a page with the panel open, beside the notebook somebody is in.
      execute: () => {
        show();
        panel.enter();
      }
    },
    [PANEL_COMMANDS.mint]: {
      label: trans.__('New Presigned Link…'),
      icon: addIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            target: {
              type: 'string',
              description: trans.__('Reference of what the link opens, such as jupyter:my-server')
            }
          }
        }
      },
      execute: args => {
        show();
        panel.create(text(args.target));
      }
    },
    [PANEL_COMMANDS.reload]: {
      label: trans.__('Reload Presigned Links'),
      icon: refreshIcon,
      describedBy: NOTHING,
      execute: () => {
        panel.reload();
      }
    },
    [PANEL_COMMANDS.endGuests]: {
      label: trans.__('End the Sessions of All Guests'),
      describedBy: NOTHING,
      isEnabled: () => presign.guests.sessions.length > 0,
      execute: () => endGuests(presign, trans)
    }
  };
  presign.guests.changed.connect(() => {
    commands.notifyCommandChanged(PANEL_COMMANDS.endGuests);
  }, panel);
  for (const [command, options] of Object.entries(all)) {
    commands.addCommand(command, options);
    palette?.addItem({ command, category: trans.__('Presigned Links') });
  }
}

async function endGuests({ guests }: IPresign, trans: TranslationBundle): Promise<void> {
  const { button } = await showDialog({
    title: trans.__('End the sessions of all guests?'),
    body: trans.__('They are cut off at once; what they have not saved is lost to them.'),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label: trans.__('End all') })
    ]
  });
  if (button.accept) {
    await guests.endAll();
  }
}
