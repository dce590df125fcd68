import { type Notebook, NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

type Cell = Notebook['widgets'][number];

/** A code cell, as far as it is of use here; JupyterLab's type says that there is always a future. */
interface ICodeCell extends Cell {
  readonly model: ReturnType<NotebookPanel.IContentFactory['createCodeCell']>['model'];
  readonly outputArea: { readonly future: IDisposable | null };
}

/**
 * Leaves the cells of a reading guest's notebook as they are when they are run.
 *
 * JupyterLab clears a cell's output, and waits for the kernel for ever, which nothing that a reading
 * guest says gets to; without a kernel it asks which one to start.
 */
export class ReadersCells {
  /** `say` tells that nothing is run here. */
  constructor(panel: NotebookPanel, say: () => void) {
    this._panel = panel;
    this._say = say;
    NotebookActions.executionScheduled.connect(this._onScheduled, this);
    panel.sessionContext.startKernel = async () => {
      this._keep();
      return Promise.resolve(false);
    };
    panel.disposed.connect(() => {
      Signal.clearData(this);
    }, this);
  }

  private _onScheduled(_: unknown, { notebook }: { notebook: Notebook }): void {
    if (notebook === this._panel.content) {
      this._keep();
    }
  }

  /** Bring back what there is, once JupyterLab has done with it; all cells may be run at once. */
  private _keep(): void {
    if (this._isKeeping) {
      return;
    }
    this._isKeeping = true;
    const { content, context } = this._panel;
    const isDirty = context.model.dirty;
    const cells = content.widgets.filter(isCodeCell);
    const restored = cells.map(restorerOf);
    setTimeout(() => {
      cells.forEach(cell => {
        // Whose notebook was closed meanwhile has nothing to stop.
        if (!cell.isDisposed) {
          cell.outputArea.future?.dispose();
        }
      });
      // What waited for the kernel learns of it before.
      setTimeout(() => {
        this._isKeeping = false;
        restored.forEach(restore => {
          restore();
        });
        context.model.dirty = isDirty;
        this._say();
      });
    });
  }

  private readonly _panel: NotebookPanel;
  private readonly _say: () => void;
  private _isKeeping = false;
}

function isCodeCell(cell: Cell): cell is ICodeCell {
  return cell.model.type === 'code';
}

/** Remember a cell's output; the answer brings it back if it is gone. */
function restorerOf({ model }: ICodeCell): () => void {
  const { executionCount, outputs, trusted } = model;
  const kept = outputs.toJSON();
  return () => {
    if (model.isDisposed) {
      return;
    }
    // First, since what was run is trusted, and what is brought back need not be.
    model.trusted = trusted;
    if (outputs.length !== kept.length || model.executionCount !== executionCount) {
      outputs.fromJSON(kept);
      model.executionCount = executionCount;
    }
  };
}
