import type { IRenderMime, IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { COUNTDOWN_MIME_TYPE, readSavedCountdown } from './savedcountdown';
import { SavedNote } from './savednote';

const WIDGET_MIME_TYPE = 'application/vnd.jupyter.widget-view+json';

/**
 * Make what renders countdowns in one notebook: its own widget renderer, with a note as its stand-in.
 *
 * Where there is no widget manager at all, the plain text of the output is shown. As widgets, and
 * countdowns, run code of the notebook, an untrusted one has plain text too.
 */
export function countdownRendererFactory(
  rendermime: IRenderMimeRegistry,
  trans: TranslationBundle
): IRenderMime.IRendererFactory {
  return {
    safe: false,
    mimeTypes: [COUNTDOWN_MIME_TYPE],
    createRenderer: () => {
      const hasWidgets = rendermime.getFactory(WIDGET_MIME_TYPE) !== undefined;
      if (!hasWidgets) {
        return rendermime.createRenderer('text/plain');
      }
      return withNote(rendermime.createRenderer(WIDGET_MIME_TYPE), trans);
    }
  };
}

/** Give a renderer its note. Only what it is asked to render says which words it shall have. */
function withNote(
  renderer: IRenderMime.IRenderer,
  trans: TranslationBundle
): IRenderMime.IRenderer {
  const note = new SavedNote(renderer);
  const render = renderer.renderModel.bind(renderer);
  renderer.renderModel = model => {
    const saved = readSavedCountdown(model.data[COUNTDOWN_MIME_TYPE]);
    note.text = saved
      ? trans.__('Presigned link to %1. Run the cell again to see it live.', saved.target)
      : '';
    return render(model);
  };
  return renderer;
}
