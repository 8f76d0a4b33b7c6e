"""Who has which attempt, on both databases: of many who want it one gets it, and nobody keeps it longer than the lease."""

import threading

import pytest

from designer.store.claims import Claims, Worker
from designer.store.database import Database


@pytest.fixture
def claims(database: Database) -> Claims:
    found = Claims(database)
    found.add("att_1", "farm", "/somewhere", {"digest": "x"})
    found.add("att_1", "farm", "/elsewhere", None)
    return found


def worker(claims: Claims, name: str = "one", target: str = "farm") -> Worker:
    claims.join(f"worker-{name}", target, name, 2)
    return next(one for one in claims.workers(target) if one.name == name)


def secret(letter: str) -> str:
    return letter * 24


def test_of_many_who_want_an_attempt_one_gets_it(claims: Claims) -> None:
    who = [worker(claims, f"w{number}") for number in range(8)]
    got: list[str] = []

    def take(number: int) -> None:
        if claims.take("att_1", who[number], secret(str(number)), 10.0):
            got.append(who[number].name)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = claims.get("att_1")
    assert found is not None
    assert got == [found.worker_name]
    assert found.folder == "/somewhere"
    assert found.software == {"digest": "x"}


def test_who_asks_again_with_the_same_secret_gets_it_again(claims: Claims) -> None:
    one, other = worker(claims), worker(claims, "other")

    assert claims.take("att_1", one, secret("a"), 10.0)
    assert claims.take("att_1", one, secret("a"), 10.0)
    assert claims.take("att_1", one, secret("b"), 10.0) is None
    assert claims.take("att_1", other, secret("a"), 10.0) is None
    assert claims.held("att_1", secret("a"), "farm")
    assert claims.held("att_1", secret("b"), "farm") is None
    assert claims.held("att_1", secret("a"), "another") is None


def test_a_worker_of_another_target_gets_nothing(claims: Claims) -> None:
    stranger = worker(claims, "stranger", "another")

    assert claims.take("att_1", stranger, secret("a"), 10.0) is None
    assert claims.take("att_2", stranger, secret("a"), 10.0) is None


def test_what_did_not_begin_when_its_lease_ended_is_to_be_had_again(claims: Claims) -> None:
    one = worker(claims)
    claims.take("att_1", one, secret("a"), -1.0)

    assert claims.renew(one.id, "farm", {}, [("att_1", secret("a"), "")], 10.0) == {}, "it is too late"
    assert claims.held("att_1", secret("a"), "farm") is None
    assert claims.reap("farm") == ["att_1"]
    assert claims.reap("farm") == []

    found = claims.get("att_1")
    assert found is not None
    assert (found.worker, found.over) == ("", "")
    assert claims.take("att_1", one, secret("b"), 10.0)
    assert not claims.release("att_1", secret("a"), "farm", "late", began=True)


def test_what_ran_when_its_lease_ended_is_over(claims: Claims) -> None:
    one = worker(claims)
    claims.take("att_1", one, secret("a"), 10.0)
    assert claims.renew(one.id, "farm", {}, [("att_1", secret("a"), "")], -1.0)

    assert claims.reap("farm") == ["att_1"]

    found = claims.get("att_1")
    assert found is not None
    assert found.over == 'worker "one" stopped answering'
    assert claims.take("att_1", one, secret("a"), 10.0) is None
    assert claims.due(["att_1"], -1.0) == []
    assert claims.remove("att_1")
    assert not claims.remove("att_1")


def test_one_whose_step_has_ended_may_be_away_for_longer(claims: Claims) -> None:
    one = worker(claims)
    claims.take("att_1", one, secret("a"), 10.0)
    claims.renew(one.id, "farm", {}, [("att_1", secret("a"), "ended")], 10.0)

    found = claims.get("att_1")

    assert found is not None
    assert found.left > 40.0


@pytest.mark.parametrize("began", [False, True])
def test_what_is_given_up_waits_again_or_is_over(claims: Claims, began: bool) -> None:
    one = worker(claims)
    claims.take("att_1", one, secret("a"), 10.0)

    assert claims.release("att_1", secret("a"), "farm", "why", began=began)

    found = claims.get("att_1")
    assert found is not None
    assert found.over == ("why" if began else "")
    assert claims.due(["att_1"], 30.0) == ([] if began else ["att_1"])
    assert claims.due(["att_1"], 30.0) == []


def test_what_is_stopped_before_anyone_has_it_is_over(claims: Claims) -> None:
    found = claims.stop("att_1", 5.0)

    assert found is not None
    assert found.over
    assert claims.take("att_1", worker(claims), secret("a"), 10.0) is None
    assert claims.due(["att_1"], -1.0) == []


def test_what_is_stopped_while_someone_has_it_is_told_to_stop(claims: Claims) -> None:
    one = worker(claims)
    claims.take("att_1", one, secret("a"), 10.0)

    claims.stop("att_1", 5.0)
    claims.stop("att_1", 1.0)

    kept = claims.renew(one.id, "farm", {"busy": 1}, [("att_1", secret("a"), "beginning")], 10.0)
    assert kept["att_1"].stop == 5.0
    assert [one.busy for one in claims.workers("farm")] == [1]
    assert claims.release("att_1", secret("a"), "farm", "", began=False)
    left = claims.get("att_1")
    assert left is not None
    assert left.over, "nobody begins what was stopped"
