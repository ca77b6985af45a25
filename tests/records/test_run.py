"""The record of a run: its losses, its numbers, and how it is drawn and printed."""

from rainfall_kit.records.run import Run, Step


def test_losses_and_numbers_of_a_whole_run_count_from_before_the_first_step():
    place = {"lr": 0.1, "w": ((0.0,),), "b": (0.0,), "w_after": ((1.0,),), "b_after": (0.0,)}
    run = Run(
        steps=(Step(number=1, loss=9.0, **place), Step(number=2, loss=4.0, **place)),
        final_loss=1.0,
    )
    assert run.losses == (9.0, 4.0, 1.0)
    assert run.numbers == (0, 1, 2)
    assert (len(run), run[1].loss, [step.number for step in run]) == (2, 4.0, [1, 2])
    assert run[0:1] == (run[0],)
    assert repr(run) == "Run(2 steps, loss 9 -> 1)"


def test_a_run_is_drawn_on_the_users_own_axes_and_settings_stay():
    import matplotlib as mpl
    from matplotlib.figure import Figure

    settings = dict(mpl.rcParams)
    axes = Figure().subplots()
    assert Run(steps=(), final_loss=2.0).plot(axes) is axes
    assert axes.get_yscale() == "log"
    assert axes.lines[0].get_ydata()[-1] == 2.0
    assert dict(mpl.rcParams) == settings
