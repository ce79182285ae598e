"""Test utilities that the suite imports from private modules of the reference implementation.

Own code on top of the target's public API, so that a test of that API does not depend on private
modules.  A name of the target's public namespace takes precedence.
"""

import contextlib
import dataclasses
import datetime
import os
import sys
import tempfile
import time
import types
import uuid
import warnings
import zoneinfo

import shim

with contextlib.suppress(ImportError):
    from dateutil.relativedelta import relativedelta as relativedelta

TARGET = os.environ["CONFORMANCE_TARGET"]


def _target():
    return shim.public()


# ---------------------------------------------------------------- constants
IS_WINDOWS = False
BACKFILL_ID_TAG = "dagster/backfill"
PARTITION_NAME_TAG = "dagster/partition"
MULTIDIMENSIONAL_PARTITION_PREFIX = "dagster/partition/"
ASSET_PARTITION_RANGE_START_TAG = "dagster/asset_partition_range_start"
ASSET_PARTITION_RANGE_END_TAG = "dagster/asset_partition_range_end"
PARENT_RUN_ID_TAG = "dagster/parent_run_id"
ROOT_RUN_ID_TAG = "dagster/root_run_id"
MAX_RETRIES_TAG = "dagster/max_retries"
DATA_VERSION_TAG = "dagster/data_version"
CODE_VERSION_TAG = "dagster/code_version"
INPUT_DATA_VERSION_TAG_PREFIX = "dagster/input_data_version"
COMPUTE_KIND_TAG = "dagster/compute_kind"
DEFAULT_DATE_FORMAT = "%Y-%m-%d"
DEFAULT_HOURLY_FORMAT_WITHOUT_TIMEZONE = "%Y-%m-%d-%H:%M"


# ---------------------------------------------------------------- surroundings of a test
@contextlib.contextmanager
def environ(values):
    old = {k: os.environ.get(k) for k in values}

    def put(new):
        for k, v in new.items():
            os.environ.pop(k, None)
            if v is not None:
                os.environ[k] = v

    put(values)
    try:
        yield
    finally:
        put(old)


@contextlib.contextmanager
def instance_for_test(overrides=None, temp_dir=None, **ignored):
    with contextlib.ExitStack() as stack:
        cls = _target().DagsterInstance
        if hasattr(cls, "local_temp"):
            folder = temp_dir or stack.enter_context(tempfile.TemporaryDirectory())
            instance = cls.local_temp(folder)
        else:
            instance = cls.ephemeral()
        if hasattr(instance, "__enter__"):
            instance = stack.enter_context(instance)
        yield instance


def raise_exception_on_warnings():
    warnings.resetwarnings()
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", ResourceWarning)


def ignore_warning(message_substr):
    def decorate(fn):
        def run(*args, **kwargs):
            warnings.filterwarnings("ignore", message=message_substr)
            return fn(*args, **kwargs)

        run.__dict__.update(fn.__dict__)
        run.__name__, run.__wrapped__ = fn.__name__, fn
        return run

    return decorate


@contextlib.contextmanager
def disable_dagster_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def new_cwd(folder):
    old = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(old)


@contextlib.contextmanager
def safe_tempfile_path():
    with tempfile.TemporaryDirectory() as folder:
        yield os.path.join(folder, "file")


@contextlib.contextmanager
def get_temp_file_name():
    with safe_tempfile_path() as path:
        open(path, "w").close()
        yield path


def make_new_run_id():
    return str(uuid.uuid4())


def not_none(value, additional_message=None):
    if value is None:
        raise ValueError(additional_message or "expected a value, got None")
    return value


def inst(value, cls, additional_message=None):
    if not isinstance(value, cls):
        raise TypeError(additional_message or f"expected {cls}, got {value!r}")
    return value


def record(cls):
    return dataclasses.dataclass(frozen=True, kw_only=True)(cls)


def merge_dicts(*dicts):
    return {k: v for d in dicts for k, v in d.items()}


# ---------------------------------------------------------------- time
_now = None  # set by freeze_time


def get_timezone(name):
    return datetime.UTC if name.upper() == "UTC" else zoneinfo.ZoneInfo(name)


def create_datetime(year, month, day, *args, tz="UTC", **kwargs):
    tz = get_timezone(tz) if isinstance(tz, str) else tz
    return datetime.datetime(year, month, day, *args, tzinfo=tz, **kwargs)


def get_current_datetime(tz="UTC"):
    now = datetime.datetime.now(datetime.UTC) if _now is None else _now
    return now.astimezone(get_timezone(tz))


def get_current_timestamp():
    return get_current_datetime().timestamp()


def datetime_from_timestamp(timestamp, tz="UTC"):
    tz = get_timezone(tz) if isinstance(tz, str) else tz
    return datetime.datetime.fromtimestamp(timestamp, tz)


def parse_time_string(text):
    for fmt in ("", "%Y-%m", "%m/%d/%y", "%m/%d/%Y"):
        with contextlib.suppress(ValueError):
            dt = datetime.datetime
            value = dt.strptime(text, fmt) if fmt else dt.fromisoformat(text)
            return value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
    from dateutil import parser

    value = parser.parse(text)
    return value if value.tzinfo else value.replace(tzinfo=datetime.UTC)


def add_absolute_time(dt, **delta):
    utc = dt.astimezone(datetime.UTC) + datetime.timedelta(**delta)
    return utc.astimezone(dt.tzinfo)


class _Meta(type):
    def __instancecheck__(cls, obj):
        return isinstance(obj, _REAL)

    def __subclasscheck__(cls, sub):
        return issubclass(sub, _REAL)


_REAL, _REAL_TIME = datetime.datetime, time.time


class _Frozen(_REAL, metaclass=_Meta):
    def __new__(cls, *args, **kwargs):
        return _REAL(*args, **kwargs)

    @classmethod
    def now(cls, tz=None):
        return _now.astimezone(tz) if tz else _now.astimezone().replace(tzinfo=None)

    @classmethod
    def utcnow(cls):
        return _now.astimezone(datetime.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls):
        return cls.now()

    for _name in ("fromtimestamp", "fromisoformat", "strptime", "combine", "fromordinal"):
        locals()[_name] = getattr(_REAL, _name)


@contextlib.contextmanager
def freeze_time(new_now):
    """Stop the clock, as the target's own modules see it."""
    global _now
    if not isinstance(new_now, _REAL):
        new_now = _REAL.fromtimestamp(new_now, datetime.UTC)
    if new_now.tzinfo is None:
        new_now = new_now.replace(tzinfo=datetime.UTC)
    module = types.ModuleType("datetime")
    module.__dict__.update(vars(datetime), datetime=_Frozen)
    clock = types.ModuleType("time")
    clock.__dict__.update(vars(time), time=lambda: _now.timestamp())
    swap = {id(_REAL): _Frozen, id(datetime): module, id(time): clock, id(_REAL_TIME): clock.time}
    old, before = [], _now
    for name, mod in list(sys.modules.items()):
        if name == TARGET or name.startswith(TARGET + "."):
            for attr, value in list(vars(mod).items()):
                if id(value) in swap:
                    old.append((mod, attr, value))
                    setattr(mod, attr, swap[id(value)])
    _now = new_now
    try:
        yield
    finally:
        _now = before
        for mod, attr, value in old:
            setattr(mod, attr, value)


# ---------------------------------------------------------------- small definitions
def create_stub_op(name, value):
    def compute():
        return value

    return _target().op(name=name)(compute)


def wrap_op_in_graph_and_execute(
    op_def,
    resources=None,
    input_values=None,
    tags=None,
    run_config=None,
    raise_on_error=True,
    do_input_mapping=True,
    do_output_mapping=True,
    logger_defs=None,
):
    t = _target()
    ins = list(op_def.ins) if do_input_mapping else []
    outs = list(op_def.outs) if do_output_mapping else []
    run = dict(resources=resources, input_values=input_values, run_config=run_config)
    run.update(raise_on_error=raise_on_error)
    if not all(map(str.isidentifier, outs)):  # such an op cannot be called in a @graph
        graph = t.GraphDefinition(name=f"wraps_{op_def.name}", node_defs=[op_def], tags=tags)
        return graph.to_job(logger_defs=logger_defs).execute_in_process(**run)
    call = f"_op({', '.join(f'{n}={n}' for n in ins)})"
    body = f"return {call}" if outs else call
    if len(outs) > 1:
        body = f"_r = {call}\n    return " + repr(outs).join(["{n: getattr(_r, n) for n in ", "}"])
    scope = {"_op": op_def}
    exec(f"def wrapper({', '.join(ins)}):\n    {body}", scope)
    out = {n: t.GraphOut() for n in outs} if len(outs) > 1 else None
    graph = t.graph(name=f"wraps_{op_def.name}", tags=tags, out=out)(scope["wrapper"])
    return graph.to_job(logger_defs=logger_defs).execute_in_process(**run)


def create_test_asset_job(assets, *, selection=None, name="asset_job", resources=None, **kwargs):
    t = _target()
    selection = selection or [a for a in assets if getattr(a, "is_executable", True)]
    job = t.define_asset_job(name, selection, **kwargs)
    defs = t.Definitions(assets=assets, jobs=[job], resources=resources or {})
    resolve = getattr(defs, "resolve_job_def", None) or defs.get_job_def
    return resolve(name)


__all__ = [
    n
    for n, v in list(globals().items())
    if not n.startswith("_") and n != "TARGET" and not isinstance(v, types.ModuleType)
]
