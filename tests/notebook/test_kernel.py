"""The extension in a real kernel: what a front end is sent."""

import re

import pytest
from jupyter_client.manager import start_new_kernel

SECONDS = 600  # a machine may have other work


class Kernel:
    """One kernel, and what its last cell sent."""

    def __init__(self):
        self.manager, self.client = start_new_kernel(SECONDS, kernel_name="python3")
        self.sent = []

    def run(self, code, on_message=lambda _message: None):
        """Run a cell; give the reply, and keep what it sent in `sent`."""
        self.sent = []

        def keep(message):
            self.sent.append((message["msg_type"], message["content"]))
            on_message(message)

        reply = self.client.execute_interactive(
            code, timeout=SECONDS, output_hook=keep, store_history=True
        )
        return reply["content"]

    def contents(self, kind):
        return [content for sent, content in self.sent if sent == kind]

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel(lesson):
    kernel = Kernel()
    try:
        assert kernel.run("%load_ext rainfall_kit\n" + lesson)["status"] == "ok"
        yield kernel
    finally:
        kernel.stop()


def test_a_run_is_sent_as_html_and_as_text(kernel, step_body):
    assert kernel.run("%%gd_step --seed 0 --epochs 3\n" + step_body)["status"] == "ok"
    (result,) = kernel.contents("execute_result")
    assert "<svg" in result["data"]["text/html"]
    assert "33060.8" in result["data"]["text/plain"]
    assert not kernel.contents("stream")


def test_a_long_run_shows_progress_in_one_place(kernel, step_body):
    # here every run takes long, however fast the machine is
    kernel.run(
        "from rainfall_kit.notebook.recording import progress\nprogress._FIRST_AFTER_SECONDS = 0"
    )
    assert kernel.run("%%gd_step -q --epochs 8000\n" + step_body)["status"] == "ok"
    (first,) = kernel.contents("display_data")
    updates = kernel.contents("update_display_data")
    assert "of 8,000 steps" in first["data"]["text/plain"]
    assert "<progress" in first["data"]["text/html"]
    assert updates[-1]["data"]["text/plain"].startswith("8,000 steps in")
    assert {update["transient"]["display_id"] for update in updates} == {
        first["transient"]["display_id"]
    }


def test_interrupting_the_kernel_stops_between_steps_with_the_record(kernel, step_body):
    interrupted = []

    def interrupt_once(message):
        if message["msg_type"] == "display_data" and not interrupted:
            interrupted.append(message)
            kernel.manager.interrupt_kernel()

    reply = kernel.run("%%gd_step -o kept --epochs 1000000\n" + step_body, interrupt_once)
    assert reply["status"] == "error"
    (error,) = kernel.contents("error")
    assert len(error["traceback"]) == 1
    assert "interrupted after step" in error["traceback"][0]
    kernel.run("print(0 < kept.epochs < 1000000, kept.stopped)")
    (printed,) = kernel.contents("stream")
    assert printed["text"].startswith("True interrupted after step")


def test_a_traceback_shows_the_cells_own_line(kernel):
    reply = kernel.run("%%gd_step --epochs 2\n\npreds = model(inputs)\nmse(preds, targets.t())")
    shown = "\n".join(reply["traceback"])
    assert reply["ename"] == "RuntimeError"
    number = kernel.contents("execute_input")[0]["execution_count"]
    assert f"In[{number}], line 4" in re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert "rainfall_kit" not in shown


def test_options_are_completed_through_the_kernels_own_protocol(kernel):
    code = "%%gd_step --re"
    kernel.client.complete(code, len(code))
    content = kernel.client.get_shell_msg(timeout=SECONDS)["content"]
    assert content["matches"] == ["--restore"]
    assert code[content["cursor_start"] : content["cursor_end"]] == "--re"
