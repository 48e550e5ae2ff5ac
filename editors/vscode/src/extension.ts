// Starts the language server, and runs in a terminal what its lenses and code actions offer to run.

import * as vscode from "vscode";
import { LanguageClient, ServerOptions } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(vscode.commands.registerCommand("this-tests.run", run));
  const [command, ...args] = vscode.workspace
    .getConfiguration("this-tests")
    .get<string[]>("command", ["this-tests", "lsp"]);
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const server: ServerOptions = { command, args, options: { cwd: folder } };
  const documentSelector = [{ scheme: "file", language: "python" }];
  client = new LanguageClient("this-tests", "this-tests", server, { documentSelector });
  await client.start();
}

export function deactivate(): Promise<void> | undefined {
  return client?.stop();
}

// The folder is a part of the name: a terminal stays in the folder that it was opened in.
function run(command: string, folder: string): void {
  const name = `this-tests: ${folder}`;
  const open = vscode.window.terminals.find((terminal) => terminal.name === name);
  const terminal = open ?? vscode.window.createTerminal({ name, cwd: folder });
  terminal.show(true);
  terminal.sendText(command);
}
