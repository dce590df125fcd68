import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { shareIcon } from '../links/providericons';
import { share } from '../links/sharedialog';
import { IWorkplace } from '../tokens';

const SHARE = 'nb-presign:share-document';

export const sharePlugin: JupyterFrontEndPlugin<void> = {
  id: 'nb_presign:share',
  description: 'Makes links by which others may open a notebook.',
  autoStart: true,
  requires: [IWorkplace],
  activate: (_: JupyterFrontEnd, workplace: IWorkplace | null): void => {
    if (workplace === null) {
      return;
    }
    const { place, presign, trans } = workplace;
    const looks = {
      label: trans.__('Share This Notebook…'),
      fileLabel: trans.__('Share This File…'),
      caption: trans.__('Make a link by which others may open this notebook for a while'),
      icon: shareIcon
    };
    workplace.addForDocument(SHARE, looks, async path => {
      const reference = await place.reference(path);
      await share({ reference, path, links: presign.links, trans });
    });
  }
};
