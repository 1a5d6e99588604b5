"""Writes sintonia.json, the dashboard for Grafana. Change it here, then: python packaging/grafana/make.py."""

import json
from pathlib import Path
from typing import Any

PLACE = Path(__file__).with_name("sintonia.json")
# Grafana 12's; a newer one reads it and moves it on by itself.
SCHEMA = 41
SOURCE = {"type": "prometheus", "uid": "${source}"}
WIDE, COLUMNS = 24, 3
OWN = 'integration=~"$integration"'
BY = "integration, gateway"
Json = dict[str, Any]


def hub(metric: str, by: str = BY, labels: str = OWN) -> str:
    """A figure of the whole hub: the same from every process, so the largest, never the sum."""
    chosen = f"{{{labels}}}" if labels else ""
    return f"max by ({by}) ({metric}{chosen})" if by else f"max({metric}{chosen})"


def whole(expr: str) -> str:
    """All of it as one number; 0 where nobody says anything of it."""
    return f"sum({expr}) or vector(0)"


def rate(metric: str, by: str, labels: str = OWN) -> str:
    """Counts of processes, added up, a second."""
    chosen = f"{{{labels}}}" if labels else ""
    return f"sum by ({by}) (rate({metric}{chosen}[$__rate_interval]))"


def slowest(metric: str, by: str, share: float, labels: str = OWN) -> str:
    """The time within which so large a share of the calls ended."""
    chosen = f"{{{labels}}}" if labels else ""
    labels = f"{by}, le" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket{chosen}[$__rate_interval])))"


def targets(*asked: tuple[str, str]) -> list[Json]:
    return [
        {"datasource": SOURCE, "expr": expr, "legendFormat": legend, "refId": chr(ord("A") + number), "range": True}
        for number, (expr, legend) in enumerate(asked)
    ]


def steps(*limits: tuple[float | None, str]) -> Json:
    return {"mode": "absolute", "steps": [{"value": value, "color": colour} for value, colour in limits]}


GOOD_AT_ZERO = steps((None, "green"), (1, "orange"))


def panel(kind: str, title: str, unit: str, asked: list[Json], told: str = "", **more: Any) -> Json:
    defaults = {"unit": unit, "thresholds": more.pop("thresholds", steps((None, "green")))}
    if kind == "timeseries":
        defaults["custom"] = {"fillOpacity": 10, "showPoints": "never", **more.pop("custom", {})}
    return {
        "type": kind, "title": title, "description": told, "datasource": SOURCE, "targets": asked,
        "fieldConfig": {"defaults": defaults, "overrides": []}, **more,
    }  # fmt: skip


def stat(title: str, expr: str, unit: str = "short", told: str = "", thresholds: Json = GOOD_AT_ZERO) -> Json:
    options = {"colorMode": "background_solid", "reduceOptions": {"calcs": ["lastNotNull"]}}
    return panel("stat", title, unit, targets((expr, "")), told, thresholds=thresholds, options=options)


def lines(title: str, unit: str, *asked: tuple[str, str], told: str = "", stacked: bool = False) -> Json:
    custom = {"stacking": {"mode": "normal"}} if stacked else {}
    options = {"legend": {"displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"]},
               "tooltip": {"mode": "multi"}}  # fmt: skip
    return panel("timeseries", title, unit, targets(*asked), told, custom=custom, options=options)


OF = "{{integration}} {{gateway}}"
DUE_LATE = steps((None, "green"), (300, "orange"), (900, "red"))
TASK = "sintonia_task_duration_seconds"
ROWS: dict[str, list[Json]] = {
    "O que precisa de uma pessoa": [
        stat("Alertas graves", whole(hub("sintonia_alerts_open", "code", 'level="fail"')), told="Abertos agora."),
        stat(
            "Contas que esperam alguém",
            whole(hub("sintonia_accounts", BY + ", status", OWN + ',status=~"blocked|parked"')),
        ),
        stat("Lotes que esperam aprovação", whole(hub("sintonia_runs_open", BY, OWN + ',status="staged"'))),
        stat(
            "Integrações paradas",
            f"sum({hub('sintonia_integration_paused')}) + sum({hub('sintonia_integration_held')})",
        ),
        stat("Contas órfãs", whole(hub("sintonia_orphans_open"))),
        stat("Fontes paradas", whole(hub("sintonia_source_paused", "source, kind", ""))),
    ],
    "Filas": [
        lines("Na hora de enviar", "short", (hub("sintonia_queue_due_accounts"), OF)),
        lines("Espera da mais antiga", "s", (hub("sintonia_queue_oldest_due_seconds"), OF)),
        lines("Na fila, com as de mais tarde", "short", (hub("sintonia_queue_accounts"), OF)),
        lines("Em envio", "short", (hub("sintonia_leases_held"), OF), told="Contas que um trabalhador segura agora."),
        lines("Trabalhadores", "short", ("sum(sintonia_workers_busy)", "ocupados"), ("sum(sintonia_workers)", "todos")),
        lines("Trabalhos em muitos", "short", (hub("sintonia_bulk_jobs_open", "status", ""), "{{status}}")),
    ],
    "Plataformas": [
        lines(
            "Operações por resultado",
            "ops",
            (rate("sintonia_attempts_total", BY + ", outcome"), OF + " {{outcome}}"),
            stacked=True,
        ),
        lines(
            "Chamadas por resultado",
            "reqps",
            (rate("sintonia_calls_total", BY + ", result"), OF + " {{result}}"),
            stacked=True,
        ),
        lines(
            "Tempo de resposta",
            "s",
            (slowest("sintonia_call_duration_seconds", BY, 0.5), OF + " metade"),
            (slowest("sintonia_call_duration_seconds", BY, 0.95), OF + " 95 %"),
        ),
        lines("Disjuntor aberto", "short", (hub("sintonia_breaker_open"), OF)),
        lines("Contas por estado", "short", (hub("sintonia_accounts", "status"), "{{status}}"), stacked=True),
        lines(
            "Saídas proibidas e mensagens recebidas",
            "ops",
            (rate("sintonia_egress_refused_total", BY), OF + " proibida"),
            (rate("sintonia_platform_events_total", "integration, result"), "{{integration}} {{result}}"),
        ),
    ],
    "Fontes": [
        lines(
            "Desde a última leitura inteira",
            "s",
            (
                f"time() - {hub('sintonia_source_last_read_timestamp_seconds', 'source, kind', '')}",
                "{{source}} {{kind}}",
            ),
        ),
        lines(
            "Chamadas às fontes",
            "reqps",
            (rate("sintonia_source_calls_total", "source, kind, result", ""), "{{source}} {{kind}} {{result}}"),
        ),
        lines(
            "Avisos das fontes",
            "ops",
            (rate("sintonia_source_events_total", "source, result", ""), "{{source}} {{result}}"),
            (
                slowest("sintonia_source_call_duration_seconds", "source, kind", 0.95, ""),
                "{{source}} {{kind}} 95 % em s",
            ),
        ),
    ],
    "Reconciliação": [
        lines("Contas diferentes na plataforma", "short", (hub("sintonia_drift_accounts"), OF)),
        lines("Contas comparadas", "short", (hub("sintonia_compared_accounts"), OF)),
        lines("Desde a última comparação", "s", (f"time() - {hub('sintonia_last_comparison_timestamp_seconds')}", OF)),
        lines("Em andamento", "short", (hub("sintonia_runs_open", BY + ", status"), OF + " {{status}}")),
        lines(
            "Lidas até o fim, por hora",
            "short",
            (
                f"sum by (integration, status) (increase(sintonia_runs_ended_total{{{OWN}}}[1h]))",
                "{{integration}} {{status}}",
            ),
        ),
    ],
    "Callback": [
        lines(
            "Decisões",
            "ops",
            (rate("sintonia_callback_decisions_total", BY + ", decision"), OF + " {{decision}}"),
            stacked=True,
        ),
        lines(
            "Tempo da nossa resposta",
            "s",
            (slowest("sintonia_callback_duration_seconds", "", 0.5, ""), "metade"),
            (slowest("sintonia_callback_duration_seconds", "", 0.99, ""), "99 %"),
        ),
        lines("Tentativas de entrar no painel", "ops", (rate("sintonia_sign_ins_total", "result", ""), "{{result}}")),
    ],
    "A própria Sintonia": [
        lines(
            "Sinal de vida das partes",
            "s",
            (hub("sintonia_heartbeat_age_seconds", "part", ""), "{{part}}"),
            ("max by (instance, part) (sintonia_part_age_seconds)", "{{instance}} {{part}}"),
        ),
        lines(
            "Atraso do agendador",
            "s",
            (hub("sintonia_scheduler_lag_seconds", "task", ""), "{{task}}"),
            (hub("sintonia_leader_lease_seconds", "name", ""), "liderança {{name}}"),
        ),
        lines(
            "Duração das tarefas",
            "s",
            (rate(TASK + "_sum", "task", "") + " / " + rate(TASK + "_count", "task", ""), "{{task}}"),
            (rate("sintonia_tasks_total", "task", 'result="failed"'), "{{task}} falha"),
        ),
        lines(
            "Páginas e API",
            "reqps",
            (rate("sintonia_http_requests_total", "part, code", ""), "{{part}} {{code}}"),
            stacked=True,
        ),
        lines(
            "Tempo das páginas",
            "s",
            (slowest("sintonia_http_request_duration_seconds", "part", 0.95, ""), "{{part}} 95 %"),
        ),
        lines(
            "Memória",
            "bytes",
            ("max by (instance) (process_resident_memory_bytes and on (instance) sintonia_build_info)", "{{instance}}"),
        ),
        lines(
            "Banco de dados",
            "bytes",
            (hub("sintonia_database_size_bytes", "", ""), "tamanho"),
            (hub("sintonia_database_wal_bytes", "", ""), "-wal"),
            ("min(sintonia_disk_free_bytes)", "livre no disco"),
        ),
        stat(
            "Idade da última cópia boa",
            "time() - max(sintonia_backup_last_success_timestamp_seconds)",
            "s",
            thresholds=steps((None, "green"), (108000, "orange"), (172800, "red")),
        ),
        stat("Banco de dados grava", "min(sintonia_database_up)", thresholds=steps((None, "red"), (1, "green"))),
        stat(
            "Descritores abertos",
            "max(process_open_fds and on (instance) sintonia_build_info)",
            thresholds=steps((None, "green"), (4000, "orange")),
        ),
        stat(
            "Cópia de segurança",
            "min(sintonia_backup_last_ok)",
            told="1: a última está boa.",
            thresholds=steps((None, "red"), (1, "green")),
        ),
        stat(
            "Avisos de vida que falharam em 1 h",
            'sum(increase(sintonia_pings_total{result="failed"}[1h])) or vector(0)',
        ),
        panel(
            "table",
            "Integrações",
            "short",
            [
                {
                    **targets((hub("sintonia_integration_info", BY + ", name"), ""))[0],
                    "format": "table",
                    "instant": True,
                    "range": False,
                }
            ],
            transformations=[{"id": "organize", "options": {"excludeByName": {"Time": True, "Value": True}}}],
        ),
    ],
}


def variable(name: str, label: str, **more: Any) -> Json:
    return {"name": name, "label": label, "hide": 0, **more}


def variables() -> list[Json]:
    asked = "label_values(sintonia_integration_info, integration)"
    query = {"query": asked, "refId": "integration", "qryType": 1}
    return [
        variable("source", "Fonte de dados", type="datasource", query="prometheus", refresh=1),
        variable("integration", "Integração", type="query", datasource=SOURCE, definition=asked, query=query, refresh=2,
                 includeAll=True, multi=True, allValue=".*", sort=3,
                 current={"text": ["All"], "value": ["$__all"]}),
    ]  # fmt: skip


def placed() -> list[Json]:
    """Return rows and panels, three beside each other, small ones six."""
    found: list[Json] = []
    y = 0
    for title, panels in ROWS.items():
        found.append({"type": "row", "title": title, "collapsed": False, "panels": [],
                      "gridPos": {"h": 1, "w": WIDE, "x": 0, "y": y}})  # fmt: skip
        y, x, height = y + 1, 0, 0
        for one in panels:
            width, tall = (4, 4) if one["type"] == "stat" else (WIDE // COLUMNS, 8)
            if x + width > WIDE or (height and tall != height):
                y, x = y + height, 0
            found.append({**one, "gridPos": {"h": tall, "w": width, "x": x, "y": y}})
            x, height = x + width, tall
        y += height
    return [{"id": number, **one} for number, one in enumerate(found, 1)]


def dashboard() -> Json:
    return {
        "uid": "sintonia", "title": "Sintonia", "tags": ["sintonia"], "schemaVersion": SCHEMA, "version": 1,
        "timezone": "browser", "time": {"from": "now-6h", "to": "now"}, "refresh": "30s", "editable": True,
        "graphTooltip": 1, "annotations": {"list": []}, "links": [], "templating": {"list": variables()},
        "panels": placed(),
    }  # fmt: skip


def text() -> str:
    return json.dumps(dashboard(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    PLACE.write_text(text(), encoding="utf-8")
