"""A night that is held back or has no logs ends red, and whoever started it still gets what it made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient


def test_what_a_held_night_made_is_read_from_its_state(prefect_client: SyncPrefectClient) -> None:
    from prefect import flow
    from prefect.states import Failed

    from flows.runs.states import HELD_BACK, RunFailedError, is_done, result_of

    @flow(name="night", persist_result=False)
    def night(how: str) -> Any:
        if how == "raises":
            raise RuntimeError("no space left")
        name = HELD_BACK if how == "held" else "Failed"
        return Failed(name=name, message="items: too few", data={"items": how})

    held, failed, raised = (night(how, return_state=True) for how in ("held", "failed", "raises"))
    known = prefect_client.read_flow_run(held.state_details.flow_run_id).state
    assert (known.type.value, known.name, known.message) == ("FAILED", HELD_BACK, "items: too few")
    assert [is_done(state) for state in (held, failed, raised, None)] == [True, False, False, False]
    assert result_of(held) == {"items": "held"}
    with pytest.raises(RunFailedError, match="Failed: items: too few"):
        result_of(failed)
    with pytest.raises(RuntimeError, match="no space left"):
        result_of(raised)
