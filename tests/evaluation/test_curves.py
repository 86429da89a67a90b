"""Loss curves are read by the name of their training, and drawn between their least and their largest loss."""

import numpy as np
import pytest

from impactsound.evaluation.curves import Curve, curve


@pytest.fixture
def history(tmp_path):
    path = tmp_path / "networks" / "physics" / "0" / "history.csv"
    path.parent.mkdir(parents=True)
    path.write_text("step,train_loss,loss\n10,3.0,2.5\n20,1.5,0.5\n30,1.0,0.75\n")
    return path


def test_the_mark_is_at_the_least_validation_loss(history, tmp_path):
    found = curve(history, tmp_path)
    assert (found.stage, found.step[found.chosen]) == ("networks/physics/0", 20)
    assert found.x(20) == pytest.approx(200 / 3)
    assert found.y(0.5) == 100 and found.y(3.0) == 0
    assert found.y(np.sqrt(0.5 * 3.0)) == pytest.approx(50)  # logarithmic


def test_another_training_in_the_folder_has_its_own_name(history, tmp_path):
    other = history.rename(history.with_name("regressor.csv"))
    assert curve(other, tmp_path).stage == "networks/physics/0/regressor"


def test_curves_of_one_validation_or_a_loss_below_zero_are_drawn():
    one = Curve("a", np.array([5.0]), np.array([1.0]), np.array([1.0]))
    assert one.line(one.loss) == "100.00,50.00"
    below = Curve("a", np.array([1.0, 2.0]), np.array([1.0, np.nan]), np.array([0.0, -1.0]))
    assert below.line(below.train_loss) == "50.00,0.00"
    assert below.y(0.0) == 50
