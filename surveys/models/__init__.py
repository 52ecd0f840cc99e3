from surveys.models.answer import Answer, Response
from surveys.models.invitation import Invitation
from surveys.models.release import Atom, Comment, ReleasedCount
from surveys.models.sealed_ballot import SealedBallot
from surveys.models.survey import Question, Section, Survey
from surveys.models.wave import Wave, WaveGroup

__all__ = [
    "Answer",
    "Atom",
    "Comment",
    "Invitation",
    "Question",
    "ReleasedCount",
    "Response",
    "SealedBallot",
    "Section",
    "Survey",
    "Wave",
    "WaveGroup",
]
