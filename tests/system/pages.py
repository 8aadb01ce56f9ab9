"""Prefect's pages, operated as a person does: what is on them is found by its words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from playwright.sync_api import Locator, Page, expect


@dataclass(frozen=True, slots=True)
class Form:
    """The custom-run form of a deployment, or the form that a paused run shows."""

    page: Page

    def field(self, name: str) -> Locator:
        """The block of one parameter: label, help, control."""
        label = self.page.locator(".schema-form-property__label").get_by_text(
            re.compile(rf"^{name}( \(Optional\))?$")
        )
        return self.page.locator(".schema-form-property").filter(has=label).last

    def help(self, name: str) -> str:
        return self.field(name).locator(".schema-form-property__description").inner_text()

    def day(self, name: str) -> str:
        """A date as it is shown: `Mar 2nd, 2026`."""
        return self.field(name).locator(".p-date-button__value").inner_text()

    def pick_day(self, name: str, day: date) -> None:
        """Open the calendar, turn its pages to the month, click on the day, apply."""
        self.field(name).locator(".p-date-button__control").click()
        calendar = self.page.locator(".p-date-picker")
        before, after = (
            calendar.locator(f".p-calendar-header__{side} button") for side in ("before", "after")
        )
        for _ in range(36):
            shown = self._month(calendar)
            if shown == (day.year, day.month):
                break
            (after if shown < (day.year, day.month) else before).click()
        number = calendar.locator(".p-calendar-date-picker__date--in-month").get_by_text(
            str(day.day), exact=True
        )
        number.click()
        calendar.get_by_role("button", name="Apply").click()
        expect(calendar).to_have_count(0)

    @staticmethod
    def _month(calendar: Locator) -> tuple[int, int]:
        year = int(calendar.locator(".p-date-picker__title-year").inner_text())
        name = calendar.locator(".p-date-picker__title-month").inner_text()
        return year, MONTHS.index(name) + 1

    def choice(self, name: str) -> str:
        return self.field(name).locator(".p-select-button__value").inner_text()

    def choices(self, name: str) -> list[str]:
        """What the drop-down offers."""
        self._open(name)
        offered = self.page.locator(".p-select-option")
        expect(offered.first).to_be_visible()
        texts = [text.strip() for text in offered.all_inner_texts()]
        self.page.keyboard.press("Escape")
        return texts

    def choose(self, name: str, value: str) -> None:
        """Choose from a drop-down; where several may be chosen, this adds one."""
        self._open(name)
        self.page.locator(".p-select-option").get_by_text(value, exact=True).click()
        if self.page.locator(".p-select-option").count():
            self.page.keyboard.press("Escape")

    def _open(self, name: str) -> None:
        """By its arrow: a click on the words of Prefect's drop-downs opens and closes them at once."""
        self.field(name).locator(".p-select-button__icon").click()

    def chips(self, name: str) -> list[str]:
        shown = self.field(name).locator(".p-tag--dismissible")
        return [text.strip() for text in shown.all_inner_texts()]

    def remove_chip(self, name: str, value: str) -> None:
        chip = self.field(name).locator(".p-tag--dismissible").filter(has_text=value)
        chip.locator(".p-tag__dismiss").click()

    def is_on(self, name: str) -> bool:
        return self.field(name).get_by_role("switch").get_attribute("aria-checked") == "true"

    def toggle(self, name: str) -> None:
        self.field(name).get_by_role("switch").click()

    def write(self, name: str, text: str) -> None:
        self.field(name).locator("input, textarea").first.fill(text)

    def submit(self) -> None:
        self.page.get_by_role("button", name="Submit", exact=True).click()


MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunPage:
    """The page of one flow run."""

    page: Page

    @property
    def run_id(self) -> str:
        found = re.search(r"/flow-run/([0-9a-f-]{36})", self.page.url)
        assert found, self.page.url
        return found[1]

    def state(self, name: str) -> Locator:
        """The badge beside the run's name."""
        return self.page.locator(".page-heading, .p-heading, header").get_by_text(name, exact=True).first

    def open_tab(self, name: str) -> None:
        self.page.locator(".p-tabs").get_by_text(name, exact=True).first.click()

    def retry(self) -> None:
        self.page.get_by_role("button", name="Retry", exact=True).click()
        self._confirm("Retry")

    def cancel(self) -> None:
        self.page.get_by_role("button", name="Cancel", exact=True).click()
        self._confirm("Confirm")

    def _confirm(self, name: str) -> None:
        self.page.locator(".p-modal").get_by_role("button", name=name, exact=True).last.click()

    def resume(self) -> None:
        """Open the form of a run that waits."""
        self.page.get_by_role("button", name="Resume", exact=True).click()

    def send(self) -> None:
        """Send off the form of a run that waits."""
        self._confirm("Submit")


@dataclass(frozen=True, slots=True)
class DeploymentPage:
    """The page of one deployment."""

    page: Page

    @property
    def schedule(self) -> Locator:
        """The switch of its only schedule."""
        return self.page.locator(".deployment-schedule-card__action").get_by_role("switch")


@dataclass(frozen=True, slots=True)
class ModelPage:
    """MLflow's page of one registered model."""

    page: Page

    def compare(self, *versions: int) -> None:
        """Tick versions and press Compare."""
        for version in versions:
            row = self.page.get_by_role("row").filter(
                has=self.page.get_by_text(f"Version {version}", exact=True)
            )
            row.get_by_role("checkbox").check()
        self.page.get_by_role("button", name="Compare", exact=True).click()

    def welcome(self) -> None:
        """Close what MLflow shows on a first visit."""
        self.page.get_by_role("button", name="Try it now").click()
        close = self.page.get_by_role("button", name="Close")
        expect(close.first).to_be_visible()
        close.first.click()

    def keep_to_metrics(self) -> None:
        """Fold what two versions have in common, and make room for the numbers."""
        self.page.set_viewport_size({"width": 1280, "height": 1240})
        for section in ("Parameters", "Schema"):
            self.page.get_by_role("button", name=section).first.click()
