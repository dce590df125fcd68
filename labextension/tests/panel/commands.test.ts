/** @jest-environment jsdom */
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { addPanelCommands, PANEL_COMMANDS } from '../../src/panel/commands';

let done: string[];
let commands: CommandRegistry;

beforeEach(() => {
  done = [];
  commands = new CommandRegistry();
  const note =
    (what: string) =>
    (...said: string[]): void => {
      done.push([what, ...said].join(' '));
    };
  const panel = {
    id: 'panel',
    enter: note('enter'),
    create: note('create'),
    reload: note('reload')
  };
  const guests = { sessions: [], changed: new Signal<object, void>({}) };
  addPanelCommands(
    { commands, shell: { activateById: note('activate') } } as never,
    {
      palette: null,
      panel,
      presign: { guests },
      trans: nullTranslator.load('nb_presign')
    } as never
  );
});

test('whoever asks for the panel is in it', async () => {
  await commands.execute(PANEL_COMMANDS.show);
  expect(done).toEqual(['activate panel', 'enter']);
});

test('whoever asks for a link is in its form', async () => {
  await commands.execute(PANEL_COMMANDS.mint, { target: 'jupyter:gpu' });
  expect(done).toEqual(['activate panel', 'create jupyter:gpu']);
});
