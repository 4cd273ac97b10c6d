"""The Kubernetes objects belong together, can do little, and are asked how they are."""

import shutil
import subprocess

import pytest
import yaml

from tests.delivery.delivered import KUBERNETES, PORTS, manifests

FOUND = manifests()
PROCESSES = pytest.mark.parametrize("process", PORTS)


def pods():
    """Every pod that is run, by the name of what runs it."""
    for (kind, name), one in FOUND.items():
        if kind == "Deployment":
            yield name, one["spec"]["template"]["spec"]
        elif kind == "CronJob":
            yield name, one["spec"]["jobTemplate"]["spec"]["template"]["spec"]


PODS = pytest.mark.parametrize(("name", "pod"), list(pods()), ids=[name for name, _ in pods()])


def containers(pod):
    return [*pod.get("initContainers", ()), *pod["containers"]]


@PODS
def test_a_pod_can_do_little(name, pod):
    context = pod["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] == 10001
    assert context["seccompProfile"]["type"] == "RuntimeDefault"
    assert pod["automountServiceAccountToken"] is False
    # Kubernetes' own variables may begin with SWITCHBOARD_, which the settings refuse.
    assert pod["enableServiceLinks"] is False
    for one in containers(pod):
        own = one["securityContext"]
        assert own["readOnlyRootFilesystem"] is True
        assert own["allowPrivilegeEscalation"] is False
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in one["resources"]["limits"]
        assert {"cpu", "memory"} <= set(one["resources"]["requests"])


@PODS
def test_secrets_are_named_and_every_volume_is_there(name, pod):
    claims = {n for kind, n in FOUND if kind == "PersistentVolumeClaim"}
    volumes = {one["name"]: one for one in pod["volumes"]}
    for one in volumes.values():
        assert "emptyDir" in one or one["persistentVolumeClaim"]["claimName"] in claims
    for one in containers(pod):
        assert {"secretRef": {"name": "switchboard-secrets"}} in one["envFrom"]
        assert {"configMapRef": {"name": "switchboard-settings"}} in one["envFrom"]
        assert {mount["name"] for mount in one["volumeMounts"]} <= set(volumes)
        assert "/tmp" in {mount["mountPath"] for mount in one["volumeMounts"]}
        assert "env" not in one


@PROCESSES
def test_a_process_is_asked_at_its_port_and_is_found_there(process):
    spec = FOUND["Deployment", f"switchboard-{process}"]["spec"]
    (one,) = spec["template"]["spec"]["containers"]
    assert one["ports"] == [{"name": "http", "containerPort": PORTS[process]}]
    paths = {n: one[n]["httpGet"] for n in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {n: (get["path"], get["port"]) for n, get in paths.items()} == {
        "startupProbe": ("/health", "http"),
        "livenessProbe": ("/health", "http"),
        "readinessProbe": ("/ready", "http"),
    }
    labels = spec["selector"]["matchLabels"]
    assert spec["template"]["metadata"]["labels"] == labels
    service = FOUND["Service", process]["spec"]
    assert (service["selector"], service["ports"][0]["port"]) == (labels, PORTS[process])
    budget = FOUND["PodDisruptionBudget", f"switchboard-{process}"]["spec"]
    assert budget["selector"]["matchLabels"] == labels
    assert one["image"] == f"switchboard-{process}"


@PROCESSES
def test_a_new_version_comes_in_without_a_pause(process):
    spec = FOUND["Deployment", f"switchboard-{process}"]["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    (migrate,) = spec["template"]["spec"]["initContainers"]
    assert migrate["command"] == ["switchboard", "database", "upgrade"]
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] >= 30


def test_the_settings_name_the_services():
    data = FOUND["ConfigMap", "switchboard-settings"]["data"]
    assert data["SWITCHBOARD_ACTIONS_URL"] == f"http://actions:{PORTS['actions']}/webhook"
    assert not [name for name in data if "SECRET" in name or "TOKEN" in name or "DATABASE" in name]


def test_backups_are_made_one_at_a_time():
    job = FOUND["CronJob", "switchboard-backup"]["spec"]
    (one,) = job["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert one["command"][:2] == ["switchboard", "backup"]
    assert job["concurrencyPolicy"] == "Forbid"


def test_every_file_and_image_is_named():
    named = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())
    assert set(named["resources"]) == {path.name for path in KUBERNETES.glob("*.yml")}
    used = {one["image"] for _, pod in pods() for one in containers(pod)}
    assert {image["name"] for image in named["images"]} == used


def test_kustomize_puts_them_together():
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    done = subprocess.run(["kubectl", "kustomize", KUBERNETES], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    whole = list(yaml.safe_load_all(done.stdout))
    assert len(whole) == len(FOUND)
    assert all(one["metadata"]["namespace"] == "switchboard" for one in whole)
