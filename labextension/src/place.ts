import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IStatusBar } from '@jupyterlab/statusbar';
import type { Widget } from '@lumino/widgets';

/** At the right end of JupyterLab's status bar, before what is about the cursor. */
const RANK = 1000;
/** At the right end of Notebook's menu bar, beyond its spacer at 900 (Notebook 7.6). */
const MENU_RANK = 1000;

/** Put an item where the front end shows how things stand: Notebook has no status bar. */
export function placeStatus(
  id: string,
  item: Widget,
  { app, statusBar }: { app: JupyterFrontEnd; statusBar: IStatusBar | null }
): void {
  if (statusBar !== null) {
    statusBar.registerStatusItem(id, { item, align: 'right', rank: RANK });
    return;
  }
  item.id = id;
  item.addClass('jp-PresignInMenu');
  app.shell.add(item, 'menu', { rank: MENU_RANK });
}
