import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { addPanelCommands } from '../panel/commands';
import { PresignPanel } from '../panel/presignpanel';
import { readSettings } from '../panel/settings';
import { IPresign } from '../tokens';

/** Below the running terminals and kernels, above the table of contents (JupyterLab 4.6). */
const RANK = 250;

export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nb_presign:panel',
  description: 'The sidebar of presigned links: targets, links and guests.',
  autoStart: true,
  requires: [IPresign],
  optional: [ITranslator, ISettingRegistry, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    presign: IPresign | null,
    translator: ITranslator | null,
    registry: ISettingRegistry | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    if (presign === null) {
      return;
    }
    translator ??= nullTranslator;
    const panel = new PresignPanel(presign, translator);
    app.shell.add(panel, 'left', { rank: RANK });
    restorer?.add(panel, panel.id);
    addPanelCommands(app, { palette, panel, presign, trans: translator.load('nb_presign') });
    void registry?.load(panelPlugin.id).then(settings => {
      const configure = (): void => {
        panel.configure(readSettings(settings.composite));
      };
      settings.changed.connect(configure);
      configure();
    });
  }
};
