"""Ctrl-C: the step under way is finished, and the record is whole."""

import signal
import threading


def test_ctrl_c_stops_between_steps_and_keeps_the_record(notebook):
    notebook.names.update(signal=signal, count=0)
    body = "count += 1\nif count == 2:\n    signal.raise_signal(signal.SIGINT)\nafter = count"
    handler = signal.getsignal(signal.SIGINT)
    result = notebook.run("%%gd_step --epochs 50 -o kept\n" + body)
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert notebook.names["kept"].epochs == notebook.names["after"] == 2
    assert "interrupted after step 2 of 50" in notebook.names["kept"].stopped
    assert signal.getsignal(signal.SIGINT) is handler


def test_ctrl_c_in_the_last_step_still_ends_the_cell_as_interrupted(notebook):
    notebook.names.update(signal=signal)
    result = notebook.run("%%gd_step -q -o kept\nsignal.raise_signal(signal.SIGINT)\nafter = 1")
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert notebook.names["kept"].epochs == notebook.names["after"] == 1


def test_a_second_ctrl_c_interrupts_at_once(notebook):
    notebook.names.update(signal=signal)
    body = "signal.raise_signal(signal.SIGINT)\nsignal.raise_signal(signal.SIGINT)\nreached = True"
    result = notebook.run("%%gd_step\n" + body)
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert "reached" not in notebook.names


def test_it_works_outside_the_main_thread(notebook):
    results = []
    thread = threading.Thread(target=lambda: results.append(notebook.step("--epochs 2")))
    thread.start()
    thread.join()
    assert results[0].epochs == 2
