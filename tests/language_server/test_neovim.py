"""Neovim shows the lenses of the server."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from this_tests import this_tests
from this_tests.cli.lsp import lsp

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("nvim") or os.environ.get("THIS_TESTS_REQUIRE_EDITORS")), reason="needs Neovim"
    ),
]

# Of an old version, too: `vim.lsp.start` came with 0.8.
SCRIPT = """
local run, file = unpack(vim.fn.json_decode(vim.env.SESSION))
vim.cmd("edit " .. file)
local client = vim.lsp.start_client({
  name = "this-tests", cmd = run, root_dir = vim.fn.getcwd(), filetypes = { "python" },
})
vim.lsp.buf_attach_client(0, client)
local ran = {}
vim.lsp.commands["this-tests.run"] = function(command) ran = command.arguments end

local function shown()
  local lines = {}
  for name, space in pairs(vim.api.nvim_get_namespaces()) do
    if name:find("codelens") then
      for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, space, 0, -1, { details = true })) do
        for _, text in ipairs(mark[4].virt_text or {}) do
          table.insert(lines, { mark[2], text[1] })
        end
      end
    end
  end
  return lines
end

vim.wait(20000, function()
  local found = vim.lsp.get_client_by_id(client)
  return found ~= nil and found.initialized == true
end, 50)
vim.lsp.codelens.refresh()
vim.wait(20000, function()
  local count = 0
  for _, lens in ipairs(shown()) do
    if lens[2]:find("test") then count = count + 1 end
  end
  return count >= 5
end, 50)
local before = shown()
vim.api.nvim_win_set_cursor(0, { 1, 0 })
vim.lsp.codelens.run()
vim.wait(5000, function() return #ran > 0 end, 50)
io.stdout:write(vim.fn.json_encode({ shown = before, ran = ran }))
"""


def test_neovim_shows_the_lenses_and_runs_their_command(observed):
    this_tests(lsp)
    (observed.root / "session.lua").write_text(SCRIPT)
    server = [sys.executable, "-m", "this_tests", "lsp"]
    done = subprocess.run(
        ["nvim", "--headless", "-n", "-u", "NONE", "-c", "luafile session.lua", "-c", "qall!"],
        cwd=observed.root,
        env={**os.environ, "SESSION": json.dumps([server, "mylib/_impl.py"]), "HOME": str(observed.root)},
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert [(line, title) for line, title in found["shown"] if title.strip("| ")] == [
        (0, "2 tests, 1 direct, 1 declared"),
        (3, "2 tests"),
        (6, "1 test, 1 direct"),
        (7, "1 test, 1 direct"),
        (10, "no tests"),
    ]
    assert found["ran"] == ["pytest --this-tests-for mylib.add", str(observed.root.resolve())]
