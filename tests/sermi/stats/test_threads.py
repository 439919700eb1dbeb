"""The limit of one thread."""

import threading

import torch

from sermi.stats.threads import single_threaded


def test_it_holds_in_a_new_thread_too_and_ends_with_the_function():
    @single_threaded
    def fit():
        inside.append(torch.get_num_threads())

    before, inside = torch.get_num_threads(), []
    torch.set_num_threads(2)  # which threads that are begun later start with
    worker = threading.Thread(target=fit)
    worker.start()
    worker.join()
    fit()
    assert (inside, torch.get_num_threads()) == ([1, 1], 2)
    torch.set_num_threads(before)
