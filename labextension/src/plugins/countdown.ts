import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { DisposableDelegate } from '@lumino/disposable';
import { countdownRendererFactory } from '../countdown/countdownrenderer';
import { COUNTDOWN_MIME_TYPE } from '../countdown/savedcountdown';

/** Before jupyterlab_widgets, which has -10 for the widget in the same output. */
const RANK = -20;

export const countdownPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nb_presign:countdown',
  description: 'Shows a plain sentence for a saved countdown whose kernel is gone.',
  autoStart: true,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null): void => {
    const trans = (translator ?? nullTranslator).load('nb_presign');
    // An extension of the document, since it gets each notebook before its outputs are rendered.
    app.docRegistry.addWidgetExtension('Notebook', {
      createNew: (panel: NotebookPanel) => {
        const { rendermime } = panel.content;
        rendermime.addFactory(countdownRendererFactory(rendermime, trans), RANK);
        return new DisposableDelegate(() => {
          rendermime.removeMimeType(COUNTDOWN_MIME_TYPE);
        });
      }
    });
  }
};
