from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from botocore.session import Session
from support.aws_desk import LIST, MINT

from nb_presign.aws_api.models import Models
from nb_presign.offload import Offload


def test_the_models_are_botocore_s(models):
    whole = Session().get_service_model("sagemaker")
    for name in (LIST, MINT):
        ours, theirs = models.operation("sagemaker", name), whole.operation_model(name)
        for mine, its in (
            (ours.input_shape, theirs.input_shape),
            (ours.output_shape, theirs.output_shape),
        ):
            assert list(mine.members) == list(its.members)
            assert mine.required_members == its.required_members
    instance = models.operation("sagemaker", LIST).output_shape.members["NotebookInstances"].member
    assert instance.members["NotebookInstanceName"].metadata["max"] == 63


def test_nothing_else_is_kept(models):
    shapes = models.operation("sagemaker", LIST).service_model.shape_names
    assert len(shapes) < 60
    with pytest.raises(Exception, match="DeleteModel"):
        models.operation("sagemaker", "DeleteModel")


def test_what_could_not_be_loaded_is_tried_again():
    class Broken(Models):
        broken = True

        def load(self):
            if self.broken:
                raise OSError("no such file")
            super().load()

    broken, offload = Broken({"athena": ["ListSessions"]}), Offload(1)

    async def twice():
        with pytest.raises(OSError, match="no such file"):
            await broken.wait(offload)
        broken.broken = False
        await broken.wait(offload)

    asyncio.run(twice())
    offload.close()
    assert broken.ready


def test_nothing_of_botocore_is_imported_before_somebody_calls():
    code = (
        "import sys, nb_presign.aws_api.handler, nb_presign.aws_api.operations.table;"
        "print([name for name in sys.modules if name.startswith(('boto', 'cryptography'))])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
