import './index.css';
import './links.css';
import './panel.css';
