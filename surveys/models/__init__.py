from surveys.models.answer import Answer, Response
from surveys.models.follow_up import FollowUp, FollowUpCause, Improvement
from surveys.models.invitation import Invitation
from surveys.models.release import Atom, Comment, ReleasedCount
from surveys.models.sealed_ballot import SealedBallot
from surveys.models.series import WaveSeries
from surveys.models.survey import Question, Section, Survey
from surveys.models.wave import Wave
from surveys.models.wave_group import WaveGroup

__all__ = [
    "Answer",
    "Atom",
    "Comment",
    "FollowUp",
    "FollowUpCause",
    "Improvement",
    "Invitation",
    "Question",
    "ReleasedCount",
    "Response",
    "SealedBallot",
    "Section",
    "Survey",
    "Wave",
    "WaveGroup",
    "WaveSeries",
]
