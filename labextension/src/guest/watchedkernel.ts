import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

/** States that are worth showing; what is starting is looked at again (`execution_state` of REST). */
const STATES: readonly string[] = ['busy', 'idle'] satisfies Kernel.Status[];

/** Part of JupyterLab's connection to a kernel that its types keep to themselves (services 7.6). */
interface IToldStatus {
  _updateStatus?: (status: string) => void;
}

/**
 * Tells a reading guest's notebook how its kernel stands.
 *
 * JupyterLab asks the kernel, but nothing that a reading guest says gets there, so that it would show
 * "Unknown" until somebody else runs something. The server's list of kernels knows it too.
 */
export class WatchedKernel {
  constructor(context: ISessionContext, kernels: Kernel.IManager) {
    this._context = context;
    this._kernels = kernels;
    kernels.runningChanged.connect(this._tell, this);
    context.disposed.connect(() => {
      Signal.clearData(this);
    }, this);
    context.kernelChanged.connect(this._tell, this);
    context.connectionStatusChanged.connect(this._tell, this);
    context.statusChanged.connect(this._tell, this);
  }

  private _tell(): void {
    const kernel = this._context.session?.kernel;
    if (kernel?.status !== 'unknown' || kernel.connectionStatus !== 'connected') {
      return;
    }
    const listed = [...this._kernels.running()].find(({ id }) => id === kernel.id);
    const state = listed?.execution_state;
    if (state !== undefined && STATES.includes(state)) {
      (kernel as IToldStatus)._updateStatus?.(state);
    }
  }

  private readonly _context: ISessionContext;
  private readonly _kernels: Kernel.IManager;
}
