"""Addresses of writing: the desk and its parts, review, publication, trash. One word, five files."""

from django.urls import path

from postmortems.views import (
    autosaving,
    completing,
    history,
    moving,
    publishing,
    readers,
    reviewing,
    rows,
    trash,
    writing,
)

PM = "postmortems/<str:reference>"
PART = f"{PM}/edit/<str:kind>"

urlpatterns = [
    path("postmortems/new/", writing.new_postmortem, name="new_postmortem"),
    path(f"{PM}/edit/", writing.edit_postmortem, name="edit_postmortem"),
    path(f"{PM}/edit/details/", writing.edit_details, name="edit_details"),
    path(f"{PM}/edit/key-times/", writing.edit_key_times, name="edit_key_times"),
    path("complete/", completing.complete, name="complete"),
    path(f"{PM}/edit/discard/<str:uid>/", autosaving.discard_working_copy, name="discard_working_copy"),
    path(f"{PART}/add/", rows.add_part, name="add_part"),
    path(f"{PART}/<str:uid>/", rows.edit_part, name="edit_part"),
    path(f"{PART}/<str:uid>/show/", rows.show_part, name="show_part"),
    path(f"{PART}/<str:uid>/remove/", rows.remove_part, name="remove_part"),
    path(f"{PART}/<str:uid>/move/", rows.move_part, name="move_part"),
    path(f"{PM}/history/", history.postmortem_history, name="postmortem_history"),
    path(f"{PM}/history/compare/", history.compare_versions, name="compare_versions"),
    path(f"{PM}/history/versions/<str:uid>/restore/", history.restore_snapshot, name="restore_snapshot"),
    path(f"{PM}/history/<str:uid>/restore/", history.restore_change, name="restore_change"),
    path(f"{PM}/submit/", reviewing.submit_for_review, name="submit_for_review"),
    path(f"{PM}/take-back/", reviewing.take_back, name="take_back"),
    path(f"{PM}/review/", reviewing.review, name="review"),
    path(f"{PM}/publish/", publishing.publish, name="publish"),
    path(f"{PM}/published/", publishing.published, name="published"),
    path(f"{PM}/withdraw/", publishing.withdraw, name="withdraw"),
    path(f"{PM}/reinstate/", publishing.reinstate, name="reinstate"),
    path(f"{PM}/archive/", publishing.archive, name="archive"),
    path(f"{PM}/unarchive/", publishing.unarchive, name="unarchive"),
    path(f"{PM}/visibility/", publishing.visibility, name="visibility"),
    path(f"{PM}/readers/", readers.readers, name="readers"),
    path(f"{PM}/readers/remove/", readers.remove_reader, name="remove_reader"),
    path(f"{PM}/delete/", trash.delete_postmortem, name="delete_postmortem"),
    path(f"{PM}/restore/", trash.restore, name="restore"),
    path(f"{PM}/purge/", trash.purge, name="purge"),
    path("trash/", trash.trash, name="trash"),
    path("break-glass/", readers.break_glass, name="break_glass"),
    path("countermeasures/<str:reference>/<str:verb>/", moving.move_countermeasure, name="move_countermeasure"),
]
