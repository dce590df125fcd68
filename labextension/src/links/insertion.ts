import { NotebookPanel } from '@jupyterlab/notebook';
import type { Widget } from '@lumino/widgets';

/** Writes Markdown into a document, at the place where somebody was at work. */
export type Insert = (markdown: string) => void;

/**
 * Remember where somebody is at work in a document; null if nothing can be written there.
 *
 * Asked before a dialog is opened, with which a notebook leaves its edit mode.
 */
export function insertionInto(widget: Widget | null): Insert | null {
  if (widget instanceof NotebookPanel) {
    return insertionIntoNotebook(widget);
  }
  const content: unknown = widget !== null && 'content' in widget ? widget.content : null;
  return isObject(content) ? insertionIntoEditor(content.editor) : null;
}

function insertionIntoNotebook({ content: notebook }: NotebookPanel): Insert | null {
  const { activeCell: cell, model, mode } = notebook;
  if (model === null || model.readOnly) {
    return null;
  }
  if (cell?.model.type !== 'markdown') {
    // No place for Markdown; below it is.
    const at = notebook.activeCellIndex + 1;
    return source => {
      model.sharedModel.insertCell(at, { cell_type: 'markdown', source });
      notebook.activeCellIndex = at;
    };
  }
  const { editor } = cell;
  const write = mode === 'edit' ? insertionIntoEditor(editor) : null;
  const { sharedModel } = cell.model;
  return markdown => {
    if (write !== null && !cell.isDisposed) {
      notebook.mode = 'edit';
      write(markdown);
      return;
    }
    // What is not being edited has no place where somebody is; at its end nothing is torn apart.
    const { length } = sharedModel.getSource();
    sharedModel.updateSource(length, length, length === 0 ? markdown : ` ${markdown}`);
  };
}

/** An editor is known by what it can do: whoever provides editors of files is not asked for. */
function insertionIntoEditor(editor: unknown): Insert | null {
  if (!isObject(editor) || typeof editor.replaceSelection !== 'function') {
    return null;
  }
  const { replaceSelection, focus } = editor;
  return markdown => {
    replaceSelection.call(editor, markdown);
    if (typeof focus === 'function') {
      focus.call(editor);
    }
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
