import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { PageConfig } from '@jupyterlab/coreutils';
import { PresignApi } from '../api/presignapi';
import { GUEST_OPTION } from '../guest/guest';
import { Following } from '../model/following';
import { Links } from '../model/links';
import { Opener } from '../model/opener';
import { Providers } from '../model/providers';
import { Targets } from '../model/targets';
import { Guests } from '../owner/guests';
import { IPresign } from '../tokens';

export const modelPlugin: JupyterFrontEndPlugin<IPresign | null> = {
  id: 'nb_presign:model',
  description: "Knows the owner's presigned links, their targets and this server's guests.",
  autoStart: true,
  provides: IPresign,
  activate: ({ serviceManager }: JupyterFrontEnd): IPresign | null => {
    if (PageConfig.getOption(GUEST_OPTION) !== '') {
      return null;
    }
    const { events, serverSettings } = serviceManager;
    const api = new PresignApi(serverSettings);
    const providers = new Providers(api);
    const targets = new Targets(api, providers);
    const links = new Links(api);
    const guests = new Guests(api);
    new Following(events, links, guests);
    const opener = new Opener(links);
    return { api, providers, targets, links, guests, opener };
  }
};
