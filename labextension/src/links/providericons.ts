import { LabIcon } from '@jupyterlab/ui-components';
import cloudSvg from '../../style/icons/cloud.svg';
import linkSvg from '../../style/icons/link.svg';
import notebookSvg from '../../style/icons/notebook.svg';
import serverSvg from '../../style/icons/server.svg';
import shareSvg from '../../style/icons/share.svg';

export const linkIcon = new LabIcon({ name: 'nb_presign:link', svgstr: linkSvg });
export const shareIcon = new LabIcon({ name: 'nb_presign:share', svgstr: shareSvg });

const cloudIcon = new LabIcon({ name: 'nb_presign:cloud', svgstr: cloudSvg });
const notebookIcon = new LabIcon({ name: 'nb_presign:notebook', svgstr: notebookSvg });
const serverIcon = new LabIcon({ name: 'nb_presign:server', svgstr: serverSvg });

/** The picture of a kind of place; style/links.css shows the same ones in rendered documents. */
export function iconOf(provider: string): LabIcon {
  switch (provider) {
    case '':
      return linkIcon;
    case 'jupyter':
    case 'hub':
      return serverIcon;
    case 'session':
    case 'athena':
      return notebookIcon;
    default:
      return cloudIcon;
  }
}
