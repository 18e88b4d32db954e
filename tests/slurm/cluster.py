"""A real SLURM on this machine: munged, slurmctld and two slurmd of Debian's packages, on loopback, in one folder.

`with Cluster(folder) as cluster:` starts it and stops it by process ids; `python tests/slurm/cluster.py` keeps one up
to play with until Ctrl-C. Nothing is written outside the folder; neither systemd nor accounting is needed.
"""

import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NODES = ("n1", "n2")  # n2 has the GPU: a device file that only has to exist
DAEMONS = ("munged", "slurmctld", "slurmd", "sbatch", "srun")
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"
ACCOUNTING = {"sacct", "sacctmgr", "sshare", "sreport"}  # not on the PATH of the cluster's users

CONFIG = """
ClusterName=xser
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,bf_interval=1
DefMemPerCPU=500
MinJobAge={remembered}
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
JobSubmitPlugins=lua
ReturnToService=2
SlurmdTimeout=10
KillWait=3
GresTypes=gpu
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={n1} CPUs=4 RealMemory=8000
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={n2} CPUs=4 RealMemory=8000 Gres=gpu:1
PartitionName=work Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP PriorityTier=1 PreemptMode=OFF
PartitionName=gpu Nodes=n2 MaxTime=INFINITE State=UP PriorityTier=1 PreemptMode=OFF
PartitionName=spare Nodes=n1,n2 MaxTime=INFINITE State=UP PriorityTier=1 PreemptMode=CANCEL
PartitionName=lent Nodes=n1,n2 MaxTime=INFINITE State=UP PriorityTier=1 PreemptMode=REQUEUE
PartitionName=urgent Nodes=n1,n2 MaxTime=INFINITE State=UP PriorityTier=2 PreemptMode=OFF
PartitionName=small Nodes=n1,n2 MaxTime=60 State=UP PriorityTier=1 PreemptMode=OFF
"""

# A submit limit without an accounting database: `small` takes two jobs at a time, and none in the second of the last
# one, which the list does not show yet. 2050 is ESLURM_ACCOUNTING_POLICY.
SUBMIT_LIMIT = """
local last = 0
function slurm_job_submit(job, partitions, user)
  if job.partition ~= "small" then return slurm.SUCCESS end
  local n = 0
  for _, other in pairs(slurm.jobs) do
    if other.partition == "small" and other.job_state < 3 then n = n + 1 end
  end
  if n >= 2 or os.time() - last < 2 then return 2050 end
  last = os.time()
  return slurm.SUCCESS
end
function slurm_job_modify(job, record, partitions, user)
  return slurm.SUCCESS
end
return slurm.SUCCESS
"""


def missing() -> list[str]:
    """The programs a cluster needs and that are not installed."""
    return [name for name in DAEMONS if not shutil.which(name, path=f"{os.environ['PATH']}:{SBIN}")]


def _free_ports(n: int) -> list[int]:
    """`n` different free TCP ports."""
    sockets = [socket.socket() for _ in range(n)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


class Cluster:
    """A running SLURM: two nodes of 4 CPUs and 8000 MB each.

    Partitions are `work` (default), `gpu`, `spare` and `lent`, whose jobs are cancelled or requeued for those of
    `urgent`, and `small`, which takes two jobs at a time, of an hour. The controller remembers ended jobs for
    `remembered` seconds and until the next full minute of its own.
    """

    def __init__(self, folder: Path, remembered: int = 300) -> None:
        self.folder, self.remembered = folder, remembered
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        self.seconds_to_start = 0.0

    # -- starting and stopping -------------------------------------------------------------------------------------

    def __enter__(self) -> "Cluster":
        try:
            self._write_config()
            self._start_daemons()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _write_config(self) -> None:
        for name in ("state", "bin", *(f"spool.{n}" for n in NODES)):
            (self.folder / name).mkdir(parents=True)
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(128))
        ports = dict(zip(("ctld", *NODES), _free_ports(3), strict=True))
        host, user = socket.gethostname().split(".")[0], getpass.getuser()
        text = CONFIG.format(folder=self.folder, host=host, user=user, remembered=self.remembered, **ports)
        (self.folder / "job_submit.lua").write_text(SUBMIT_LIMIT)
        (self.folder / "slurm.conf").write_text(text)
        (self.folder / "gres.conf").write_text("NodeName=n2 Name=gpu File=/dev/null\n")
        for folder in f"{os.environ['PATH']}:{SBIN}".split(":"):
            for program in Path(folder).glob("*"):
                link = self.folder / "bin" / program.name
                if program.name not in ACCOUNTING | {"srun"} and not link.is_symlink():
                    link.symlink_to(program)
        # The executor's job step drops SLURM_CONF before it calls srun, which would then look into /etc.
        srun = self.folder / "bin" / "srun"
        srun.write_text(f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {shutil.which("srun")} "$@"\n')
        srun.chmod(0o755)

    def _start_daemons(self) -> None:
        f = self.folder
        # --force: a private folder is a place that munged would refuse
        files = [f"--{name}-file={f}/munge.{name}" for name in ("key", "pid", "log", "seed")]
        self._start("munged", "munged", "--foreground", "--force", f"--socket={f}/munge.socket", *files)
        self._wait(lambda: (f / "munge.socket").exists(), "munged")
        self.start_controller("-c")
        for node in NODES:
            self.start_node(node)
        self._wait(lambda: set(self._states().values()) == {"idle"}, "slurmctld and slurmd")

    def _start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as out:
            self._daemons[name] = subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )

    def start_controller(self, *options: str) -> None:
        """Start slurmctld (again, with the jobs that it knew)."""
        self._start("slurmctld", "slurmctld", "-D", *options)

    def kill_controller(self) -> None:
        """What a crash does: jobs run on, and no command of SLURM gets an answer."""
        process = self._daemons.pop("slurmctld")
        process.kill()
        process.wait()

    @contextmanager
    def frozen_controller(self) -> Iterator[None]:
        """While this lasts, slurmctld takes requests and answers none: commands time out after 10 s."""
        controller = self._daemons["slurmctld"]
        controller.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            controller.send_signal(signal.SIGCONT)

    def start_node(self, node: str) -> None:
        """Start the slurmd of a node (again)."""
        self._start(node, "slurmd", "-D", "-N", node)

    def _wait(self, ready, what: str, seconds: float = 20) -> None:  # type: ignore[no-untyped-def]
        end = time.monotonic() + seconds
        while not ready():
            dead = [n for n, p in self._daemons.items() if p.poll() is not None]
            if dead or time.monotonic() > end:
                logs = [p.read_text(errors="replace")[-2000:] for p in sorted(self.folder.glob("*.[lo][ou][gt]"))]
                raise RuntimeError(f"{what} did not start (ended: {dead})\n" + "\n".join(logs))
            time.sleep(0.05)

    def stop(self) -> None:
        """Cancel all jobs, then end every process of the cluster by its id."""
        if "slurmctld" in self._daemons and self._daemons["slurmctld"].poll() is None:
            self.cancel_all()
        for name in reversed(list(self._daemons)):
            process = self._daemons.pop(name)
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for pid in self._job_processes():
            _kill(pid)

    # -- use -------------------------------------------------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a user on the login node."""
        ours = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM", "SBATCH", "SNAKEMAKE"))}
        return ours | {"SLURM_CONF": f"{self.folder}/slurm.conf", "PATH": f"{self.folder}/bin"}

    def command(self, *words: str) -> str:
        """What a SLURM command prints."""
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True, check=False, timeout=30)
        return done.stdout

    def _states(self) -> dict[str, str]:
        lines = self.command("sinfo", "-h", "-N", "-p", "work", "-o", "%N %t").split("\n")
        return dict(line.split() for line in lines if line)

    def jobs(self, *options: str) -> list[list[str]]:
        """[id, state, node, name, comment] of every job that waits or runs."""
        lines = self.command("squeue", "-h", "-o", "%i|%T|%N|%j|%k", *options).splitlines()
        return [line.split("|") for line in lines]

    def cancel_all(self) -> None:
        """Cancel every job and wait until none is left."""
        self.command("scancel", "--user", getpass.getuser())
        end = time.monotonic() + 15
        while self.jobs() and time.monotonic() < end:
            time.sleep(0.2)

    def kill_node(self, node: str) -> None:
        """What a power cut does: slurmd and every process of its jobs end at once."""
        process = self._daemons.pop(node)
        process.kill()
        process.wait()
        for pid in self._job_processes(node):
            _kill(pid)

    def revive(self, node: str) -> None:
        """Start a killed node again and wait until it takes jobs."""
        self.start_node(node)
        self._wait(lambda: self._states().get(node) in ("idle", "mix"), node, seconds=30)

    def _job_processes(self, node: str | None = None) -> list[int]:
        """Processes of our jobs (on a node), each after the job daemon (slurmstepd) that started it."""
        found = []
        ours = f"SLURM_CONF={self.folder}/slurm.conf".encode()
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                variables = (entry / "environ").read_bytes().split(b"\0")
                daemon = (entry / "comm").read_text().strip() == "slurmstepd"
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                parent_comm = Path(f"/proc/{parent}/comm").read_text().strip() if parent > 1 else ""
            except (OSError, ValueError):
                continue
            names = {v.partition(b"=")[2].decode() for v in variables if v.startswith(b"SLURMD_NODENAME=")}
            if ours in variables and names and not daemon and (node is None or node in names):
                found += [parent] if parent_comm == "slurmstepd" else []
                found.append(int(entry.name))
        return list(dict.fromkeys(found))


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def main() -> None:
    """Keep a cluster up until Ctrl-C."""
    with tempfile.TemporaryDirectory(prefix="xser-slurm-") as folder, Cluster(Path(folder) / "c") as cluster:
        print(f"export SLURM_CONF={cluster.folder}/slurm.conf PATH={cluster.folder}/bin", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("stopping", file=sys.stderr)


if __name__ == "__main__":
    main()
