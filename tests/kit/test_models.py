"""Models: downloaded once, by the first process, and reported."""

import hashlib
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from this_tests import this_tests
from this_tests.kit import ModelCache, ModelError, install_and_load_model
from this_tests.kit.models import models_folder, report_lines

WEIGHTS = b"weights" * 1000
SHA = hashlib.sha256(WEIGHTS).hexdigest()


class Server:
    """Serves the weights under any path, and counts the requests."""

    def __init__(self):
        self.downloads = downloads = Counter()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                downloads[self.path] += 1
                self.send_response(200)
                self.send_header("Content-Length", str(len(WEIGHTS)))
                self.end_headers()
                self.wfile.write(WEIGHTS)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def users(kit, server):
    """Return the project, with eight tests that use one model, and one that uses another."""
    kit.configure(rest='addopts = ["-p", "this_tests.kit"]\nthis_tests_models = "models"')
    kit.tests(
        f"""
        @pytest.mark.parametrize("number", range(8))
        def test_large(model_cache, number):
            path = model_cache.fetch("large/w.bin", "{server.url}/large", "{SHA}", reason="the smallest there is")
            assert path.read_bytes().startswith(b"weights")

        @pytest.fixture(scope="module")
        def small(model_cache):
            return model_cache.fetch("small.bin", "{server.url}/small", "{SHA}")

        def test_small(small): pass
        def test_small_too(small): pass
        def test_none(): pass
        """
    )
    return kit


@pytest.mark.slow
def test_four_workers_download_once_and_later_sessions_not_at_all(users, server):
    this_tests(ModelCache.fetch)
    users.run_apart("-n", "4").assert_outcomes(passed=11)
    assert server.downloads == {"/large": 1, "/small": 1}
    server.stop()
    users.run_apart("-n", "4").assert_outcomes(passed=11)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_the_report_names_models_sizes_tests_and_those_without_a_reason(users, workers):
    this_tests("this_tests.kit.model_usage", report_lines)
    result = users.run_apart("--models", *workers)
    result.stdout.fnmatch_lines(
        [
            "     7 KB  large/w.bin  (the smallest there is)",
            "           tests/test_it.py::test_large[[]0]",
            "     7 KB  small.bin  (no reason given)",
            "           tests/test_it.py::test_small",
            "           tests/test_it.py::test_small_too",
            "model 'small.bin' (7 KB, used by tests/test_it.py::test_small): give a reason for it: reason=…",
        ]
    )
    assert "::test_none" not in result.stdout.str()


@pytest.mark.slow
def test_only_models_without_a_reason_are_reported_by_default(users):
    this_tests("this_tests.kit.model_usage")
    output = users.run_apart().stdout.str()
    assert "model 'small.bin'" in output
    assert "large/w.bin" not in output


def test_a_file_that_does_not_match_the_hash_is_refused(server, tmp_path):
    this_tests(ModelCache.fetch, ModelError)
    with pytest.raises(ModelError, match=r"^model 'm': cannot be downloaded from http.*hash") as caught:
        ModelCache(tmp_path).fetch("m", f"{server.url}/m", "0" * 64)
    assert caught.value.name == "m"
    assert not (tmp_path / "m").exists()


def test_a_file_that_was_damaged_is_downloaded_again(server, tmp_path):
    this_tests(ModelCache.fetch)
    cache = ModelCache(tmp_path)
    cache.fetch("m", f"{server.url}/m", SHA).write_bytes(b"damaged")
    assert cache.fetch("m", f"{server.url}/m", SHA).read_bytes() == WEIGHTS
    assert server.downloads == {"/m": 2}


@pytest.mark.parametrize("name", ["../m", "/etc/m", "."])
def test_a_name_stays_inside_the_folder(tmp_path, name):
    this_tests(ModelCache.fetch)
    with pytest.raises(ModelError, match="outside of"):
        ModelCache(tmp_path).fetch(name, "http://127.0.0.1:9/m", SHA)


def test_the_folder_is_the_setting_the_variable_or_the_users_cache(tmp_path, monkeypatch):
    this_tests(models_folder)
    monkeypatch.setenv("THIS_TESTS_MODELS", "/elsewhere")
    assert models_folder("mine", tmp_path) == tmp_path / "mine"
    assert str(models_folder("", tmp_path)) == "/elsewhere"
    monkeypatch.delenv("THIS_TESTS_MODELS")
    assert models_folder("", tmp_path).parts[-2:] == ("this-tests", "models")


def test_the_names_of_invokeais_tests_are_spellings_of_the_cache(kit, server):
    this_tests(install_and_load_model)
    kit.configure(rest='addopts = ["-p", "this_tests.kit"]\nthis_tests_models = "models"')
    kit.tests(
        f"""
        from pathlib import Path
        from this_tests.kit import install_and_load_model

        def test_model(model_installer, model_cache):
            assert model_installer is model_cache
            model_info = install_and_load_model(
                model_installer=model_installer,
                model_path_id_or_url="{server.url}/m",
                model_name="dummy_model",
                base_model="sd-1",
                model_type="dummy",
                sha256="{SHA}",
                load=Path.read_bytes,
            )
            with model_info as model:
                assert model.startswith(b"weights")
        """
    )
    kit.run().assert_outcomes(passed=1)
    assert server.downloads == {"/m": 1}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("HF/dummy_model_id", "'HF/dummy_model_id' is no file"),
        ("http://127.0.0.1:9/m", "give the hash of http"),
    ],
)
def test_what_cannot_be_installed_says_what_to_give(tmp_path, source, message):
    this_tests(install_and_load_model)
    with pytest.raises(ModelError, match=message):
        install_and_load_model(ModelCache(tmp_path), source, "dummy_model")


def test_a_local_file_is_loaded_from_where_it_is(tmp_path):
    this_tests(install_and_load_model)
    (tmp_path / "m").write_bytes(WEIGHTS)
    with install_and_load_model(ModelCache(tmp_path / "cache"), tmp_path / "m", "m") as model:
        assert model == tmp_path / "m"
