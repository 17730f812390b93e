import json

import pytest

from spinegrader.services.settings import (
    MouseStyle,
    Settings,
    Theme,
    load_settings,
    save_settings,
    settings_file,
)


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    for name in ("XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))


def test_settings_come_back(tmp_path):
    save_settings(Settings(reader="Dr A", theme=Theme.LIGHT).with_recent(tmp_path))
    again = load_settings()
    assert (again.reader, again.theme) == ("Dr A", Theme.LIGHT)
    assert again.recent_projects == (str(tmp_path.resolve()),)


def test_a_damaged_file_falls_back_to_the_defaults():
    save_settings(Settings(reader="Dr A"))
    settings_file().write_text("{not json")
    assert load_settings() == Settings()
    settings_file().write_bytes(b"\xff\xfe")
    assert load_settings() == Settings()


def test_choices_of_mouse_keys_and_images_come_back():
    chosen = Settings(
        mouse=MouseStyle.SLICER,
        keys={"fit": ("Ctrl+F",), "unsure": ()},
        smooths_images=True,
        shows_corner_text=False,
        centres_focus=False,
        overlay_opacity=0.45,
    )
    save_settings(chosen)
    assert load_settings() == chosen


def test_an_unsound_choice_costs_only_itself():
    save_settings(Settings(reader="Dr A", mouse=MouseStyle.OHIF))
    content = json.loads(settings_file().read_text())
    content |= {"overlay_opacity": 0.0, "theme": "pink", "keys": ["Ctrl+F"], "of_tomorrow": 1}
    settings_file().write_text(json.dumps(content))
    assert load_settings() == Settings(reader="Dr A", mouse=MouseStyle.OHIF)
    settings_file().write_text("[1, 2]")
    assert load_settings() == Settings()


def test_recent_projects_are_few_and_once_each(tmp_path):
    settings = Settings()
    for number in (*range(12), 3):
        settings = settings.with_recent(tmp_path / str(number))
    assert len(settings.recent_projects) == 8
    assert settings.recent_projects[0].endswith("3")
    assert len(set(settings.recent_projects)) == 8


def test_without_a_name_the_account_reads():
    assert Settings().reader_name
